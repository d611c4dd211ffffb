/** Longer names are read each time, so that what is kept stays small. */
const longestBytes = 64
/** As many are kept: a power of two. */
const slots = 256

/**
 * Names that were read before, as bytes and as strings: those in heads are URIs, which come again and again. To compare
 * a few bytes costs less than to decode them, and the string has its hash already (0.86 of the time of decoding a CALL
 * and a YIELD).
 */
export class KnownStrings {
  readonly #bytes: readonly Uint8Array[] = Array.from(
    { length: slots },
    () => new Uint8Array(longestBytes),
  )
  readonly #strings: string[] = Array.from({ length: slots }, () => '')
  readonly #lengths = new Uint8Array(slots)

  /** The string that these bytes were read as before. */
  get(frame: Uint8Array, start: number, stop: number): string | undefined {
    const length = stop - start
    const slot = slotOf(frame, start, stop)
    if (length === 0 || this.#lengths[slot] !== length) return undefined
    const bytes = this.#bytes[slot]
    // From the end: names differ there more often than where they begin.
    for (let i = length - 1; i >= 0; i--) if (bytes?.[i] !== frame[start + i]) return undefined
    return this.#strings[slot]
  }

  /** Keeps what bytes were read as. Returns it. */
  keep(frame: Uint8Array, start: number, stop: number, text: string): string {
    const length = stop - start
    if (length === 0 || length > longestBytes) return text
    const slot = slotOf(frame, start, stop)
    this.#lengths[slot] = length
    const bytes = this.#bytes[slot]
    if (bytes === undefined) return text
    for (let i = 0; i < length; i++) bytes[i] = frame[start + i] ?? 0
    this.#strings[slot] = text
    return text
  }
}

/** By length and a few bytes, spread over the name. */
function slotOf(frame: Uint8Array, start: number, stop: number): number {
  const last = frame[stop - 1] ?? 0
  const middle = frame[(start + stop) >> 1] ?? 0
  const third = frame[stop - 3] ?? 0
  return (last + 7 * middle + 31 * third + 61 * (stop - start)) & (slots - 1)
}
