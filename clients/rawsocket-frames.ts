/** Kinds of frames (rfc/text/advanced/transport_rawsocket.md). */
export const regularFrame = 0
export const pingFrame = 1
export const pongFrame = 2

const longestFrameBytes = 2 ** 24
/** A frame of exactly 2^24 octets does not fit the 24 bits of the length: it has a bit of its own. */
const extendedLengthBit = 0x08000000

export interface RawFrame {
  readonly kind: number
  readonly content: Buffer
}

/** The four octets before a frame. */
export function framePrefix(kind: number, length: number): Buffer {
  const prefix = Buffer.allocUnsafe(4)
  const lengthBits = length === longestFrameBytes ? extendedLengthBit : length
  prefix.writeUInt32BE(((kind << 24) | lengthBits) >>> 0)
  return prefix
}

/** Makes frames, and the four octets of the handshake before them, out of what a socket gives. */
export class RawFrameReader {
  readonly #longestBytes: number
  #chunks: Buffer[] = []
  #waitingBytes = 0

  /** `longestBytes`: frames above it are refused before they are gathered. */
  constructor(longestBytes: number) {
    this.#longestBytes = longestBytes
  }

  push(chunk: Buffer): void {
    this.#chunks.push(chunk)
    this.#waitingBytes += chunk.length
  }

  /** The next four octets. */
  handshake(): Buffer | undefined {
    return this.#take(0, 4)
  }

  /** The next whole frame, if it is there. @throws Error when the peer broke the protocol */
  frame(): RawFrame | undefined {
    const prefix = this.#peek(4)
    if (prefix === undefined) return undefined
    const word = prefix.readUInt32BE(0)
    const extended = (word & extendedLengthBit) !== 0
    const kind = (word & ~extendedLengthBit) >>> 24
    if (kind > pongFrame || (extended && (word & 0xffffff) !== 0))
      throw new Error(`RawSocket: a frame begins with 0x${prefix.toString('hex')}`)
    const length = extended ? longestFrameBytes : word & 0xffffff
    if (length > this.#longestBytes)
      throw new Error(`RawSocket: a frame of ${length} bytes; allowed are ${this.#longestBytes}`)
    const content = this.#take(4, length)
    return content && { kind, content }
  }

  #peek(bytes: number): Buffer | undefined {
    if (this.#waitingBytes < bytes) return undefined
    const [first] = this.#chunks
    if (first !== undefined && first.length >= bytes) return first.subarray(0, bytes)
    const whole = Buffer.concat(this.#chunks, this.#waitingBytes)
    this.#chunks = [whole]
    return whole.subarray(0, bytes)
  }

  #take(skipBytes: number, bytes: number): Buffer | undefined {
    const taken = this.#peek(skipBytes + bytes)
    const [first] = this.#chunks
    if (taken === undefined || first === undefined) return undefined
    this.#waitingBytes -= taken.length
    if (first.length === taken.length) this.#chunks.shift()
    else this.#chunks[0] = first.subarray(taken.length)
    return taken.subarray(skipBytes)
  }
}
