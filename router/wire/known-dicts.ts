import type { Dict } from './message.ts'

/** Longer options are read each time: few clients send such, and others would hold on to memory. */
const longestBytes = 64
/** As many are kept as there are lengths modulo this. */
const slots = 16

/**
 * Options that were read before, as bytes and as what they mean: a client sends the same ones again and again, and to
 * compare a few bytes costs less than to read and to check them anew (1.15 times the events to ten subscribers for a
 * publisher that asks for acknowledgement). Flat and frozen, as many messages share one.
 */
export class KnownDicts {
  readonly #bytes: readonly Uint8Array[] = Array.from(
    { length: slots },
    () => new Uint8Array(longestBytes),
  )
  readonly #lengths = new Uint8Array(slots)
  readonly #dicts: (Dict | undefined)[] = Array.from({ length: slots })

  /** The dict that these bytes were read as before. */
  get(frame: Uint8Array, start: number, stop: number): Dict | undefined {
    const length = stop - start
    const slot = length % slots
    if (this.#lengths[slot] !== length) return undefined
    const bytes = this.#bytes[slot]
    for (let i = 0; i < length; i++) if (bytes?.[i] !== frame[start + i]) return undefined
    return this.#dicts[slot]
  }

  /** Keeps what bytes were read as, where it is short and flat. Returns it. */
  keep(frame: Uint8Array, start: number, stop: number, value: unknown): unknown {
    const length = stop - start
    if (length > longestBytes || !isFlat(value)) return value
    const slot = length % slots
    this.#lengths[slot] = length
    this.#bytes[slot]?.set(frame.subarray(start, stop))
    this.#dicts[slot] = Object.freeze(value)
    return value
  }
}

function isFlat(value: unknown): value is Dict {
  if (typeof value !== 'object' || value === null) return false
  if (Object.getPrototypeOf(value) !== Object.prototype) return false
  return Object.values(value).every((item) => typeof item !== 'object' || item === null)
}
