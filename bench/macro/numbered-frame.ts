import { randomBytes } from 'node:crypto'

const text = 1
const final = 0x80
const maskBit = 0x80

/**
 * A masked WebSocket frame of a text around a number, as WAMP's requests are that differ in nothing else. It is put
 * together once for each number of digits, so that to send one costs a copy: what a client costs is not what is measured.
 */
export class NumberedFrame {
  readonly #before: Buffer
  readonly #after: Buffer
  readonly #key: Buffer = randomBytes(4)
  readonly #frames: (Buffer | undefined)[] = []

  constructor(before: string, after: string) {
    this.#before = Buffer.from(before)
    this.#after = Buffer.from(after)
  }

  /** How long the frame around so many digits is, in bytes. */
  lengthFor(digits: number): number {
    return this.#frameFor(digits).length
  }

  /** Writes the frame around the digits from `start` to `stop` of `source` into `out`. Returns where it ends. */
  write(out: Buffer, at: number, source: Uint8Array, start: number, stop: number): number {
    const frame = this.#frameFor(stop - start)
    out.set(frame, at)
    const number = at + frame.length - this.#after.length - (stop - start)
    for (let i = start; i < stop; i++)
      out[number + i - start] =
        (source[i] ?? 0) ^ (this.#key[(this.#before.length + i - start) & 3] ?? 0)
    return at + frame.length
  }

  #frameFor(digits: number): Buffer {
    return (this.#frames[digits] ??= this.#make(digits))
  }

  #make(digits: number): Buffer {
    return masked(text, Buffer.concat([this.#before, Buffer.alloc(digits), this.#after]), this.#key)
  }
}

/** At most 65,535 bytes as one frame, masked by a key of 4 bytes. */
export function masked(opcode: number, content: Uint8Array, key: Uint8Array): Buffer {
  const isLong = content.length > 125
  const head = isLong ? 4 : 2
  const frame = Buffer.allocUnsafe(head + 4 + content.length)
  frame[0] = final | opcode
  frame[1] = maskBit | (isLong ? 126 : content.length)
  if (isLong) frame.writeUInt16BE(content.length, 2)
  frame.set(key, head)
  for (let i = 0; i < content.length; i++)
    frame[head + 4 + i] = (content[i] ?? 0) ^ (key[i & 3] ?? 0)
  return frame
}
