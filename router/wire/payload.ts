import type { Dict } from './message.ts'
import type { Serializer } from './serializer.ts'

/** Arguments and ArgumentsKw, decoded. Absent ones are `undefined`, as an empty list is not an absent one. */
export interface PayloadValues {
  readonly args?: readonly unknown[] | undefined
  readonly kwargs?: Dict | undefined
}

/** A payload as it is kept. */
export interface PackedPayload {
  readonly serializer: Serializer
  /** As `Payload.raw` takes them. */
  readonly bytes: Buffer
  readonly count: number
}

const noValues: PayloadValues = Object.freeze({})
const noBytes: Buffer = Buffer.alloc(0)
/** Shorter tails are copied byte by byte: the view that a block copy needs costs more than that. */
const shortBytes = 64
/** So much more than its size may stay in memory for a payload that waits: a piece of Node's pool. */
const keptAnywayBytes = Buffer.poolSize

/**
 * What a message carries for the application: the raw tail of the frame in which it came.
 * Between two sessions of one serializer the bytes pass untouched; across serializers they are
 * transcoded once per serializer, however many receivers there are.
 */
export class Payload {
  /** The payload of a message without Arguments and ArgumentsKw. */
  static readonly empty: Payload = new Payload(undefined, noBytes, 0, 0, 0, noValues)

  /** Number of elements: 0, 1 (Arguments) or 2 (and ArgumentsKw). */
  readonly count: number
  readonly #serializer: Serializer | undefined
  /** The tail is a part of these: no view of it is made for a message that passes through. */
  readonly #frame: Buffer
  readonly #start: number
  readonly #stop: number
  #values: PayloadValues | undefined
  #tails: Map<Serializer, Buffer> | undefined

  private constructor(
    serializer: Serializer | undefined,
    frame: Buffer,
    start: number,
    stop: number,
    count: number,
    values: PayloadValues | undefined,
  ) {
    this.#serializer = serializer
    this.#frame = frame
    this.#start = start
    this.#stop = stop
    this.count = count
    this.#values = values
  }

  /**
   * A payload as received: the part of a frame from `start` to `stop`. These are the elements after the head, for JSON
   * joined by commas but without a leading one and without the closing bracket, for MessagePack and CBOR one after the
   * other.
   */
  static within(
    serializer: Serializer,
    frame: Buffer,
    start: number,
    stop: number,
    count: number,
  ): Payload {
    if (count === 0) return Payload.empty
    return new Payload(serializer, frame, start, stop, count, undefined)
  }

  /** The same of bytes that are a tail, the whole of it. */
  static raw(serializer: Serializer, bytes: Buffer, count: number): Payload {
    return Payload.within(serializer, bytes, 0, bytes.length, count)
  }

  static unpack({ serializer, bytes, count }: PackedPayload): Payload {
    return Payload.raw(serializer, bytes, count)
  }

  /** A payload that the router itself makes. */
  static of(args?: readonly unknown[], kwargs?: Dict): Payload {
    if (kwargs !== undefined)
      return new Payload(undefined, noBytes, 0, 0, 2, { args: args ?? [], kwargs })
    return args === undefined ? Payload.empty : new Payload(undefined, noBytes, 0, 0, 1, { args })
  }

  /** How long it is as it was received; 0 for what the router itself made. */
  get sizeBytes(): number {
    return this.#stop - this.#start
  }

  /** How long the tail of a frame of `serializer` is. */
  lengthFor(serializer: Serializer): number {
    if (serializer === this.#serializer || this.count === 0) return this.#stop - this.#start
    return this.#transcoded(serializer).length
  }

  /** Writes the tail of a frame of `serializer` into `target`, from `at` on. */
  copyTo(target: Uint8Array, at: number, serializer: Serializer): void {
    if (serializer !== this.#serializer && this.count !== 0) {
      return target.set(this.#transcoded(serializer), at)
    }
    const start = this.#start
    const length = this.#stop - start
    if (length > shortBytes) return target.set(this.#tail, at)
    const frame = this.#frame
    for (let i = 0; i < length; i++) target[at + i] = frame[start + i] ?? 0
  }

  /** The tail of a frame of `serializer`. */
  tailFor(serializer: Serializer): Buffer {
    if (serializer === this.#serializer || this.count === 0) return this.#tail
    return this.#transcoded(serializer)
  }

  get #tail(): Buffer {
    const frame = this.#frame
    if (this.#start === 0 && this.#stop === frame.length) return frame
    return frame.subarray(this.#start, this.#stop)
  }

  #transcoded(serializer: Serializer): Buffer {
    let tail = this.#tails?.get(serializer)
    if (tail === undefined) {
      tail = serializer.encodeTail(this.values())
      this.#tails ??= new Map()
      this.#tails.set(serializer, tail)
    }
    return tail
  }

  /**
   * A copy as bytes, for what is kept: neither the frame nor the buffer of a socket stays alive for it, and nobody's
   * later changes reach it. What the router made itself is written by `serializer`.
   */
  pack(serializer: Serializer): PackedPayload {
    const own = this.#serializer ?? serializer
    const tail = this.tailFor(own)
    const bytes = Buffer.allocUnsafeSlow(tail.length)
    bytes.set(tail)
    return { serializer: own, bytes, count: this.count }
  }

  /** The same, without the frame in which it came or the buffer of a socket staying alive for it. */
  copy(): Payload {
    if (this.#serializer === undefined) return this
    return Payload.raw(this.#serializer, Buffer.from(this.#tail), this.count)
  }

  /** This, or a copy where it would keep more than twice its size in memory. */
  kept(): Payload {
    return this.#frame.buffer.byteLength > 2 * this.sizeBytes + keptAnywayBytes ? this.copy() : this
  }

  /** Decoded at the first call, and never on the way between sessions of one serializer. */
  values(): PayloadValues {
    this.#values ??= this.#serializer?.decodeTail(this.#tail, this.count) ?? noValues
    return this.#values
  }
}
