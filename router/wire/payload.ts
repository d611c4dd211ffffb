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

/**
 * What a message carries for the application: the raw tail of the frame in which it came.
 * Between two sessions of one serializer the bytes pass untouched; across serializers they are
 * transcoded once per serializer, however many receivers there are.
 */
export class Payload {
  /** The payload of a message without Arguments and ArgumentsKw. */
  static readonly empty: Payload = new Payload(undefined, noBytes, 0, noValues)

  /** Number of elements: 0, 1 (Arguments) or 2 (and ArgumentsKw). */
  readonly count: number
  readonly #serializer: Serializer | undefined
  readonly #bytes: Buffer
  #values: PayloadValues | undefined
  #tails: Map<Serializer, Buffer> | undefined

  private constructor(
    serializer: Serializer | undefined,
    bytes: Buffer,
    count: number,
    values: PayloadValues | undefined,
  ) {
    this.#serializer = serializer
    this.#bytes = bytes
    this.count = count
    this.#values = values
  }

  /**
   * A payload as received. `bytes` is a view on the frame: the elements after the head, for JSON joined by
   * commas but without a leading one and without the closing bracket, for MessagePack and CBOR one after the other.
   */
  static raw(serializer: Serializer, bytes: Buffer, count: number): Payload {
    return count === 0 ? Payload.empty : new Payload(serializer, bytes, count, undefined)
  }

  static unpack({ serializer, bytes, count }: PackedPayload): Payload {
    return Payload.raw(serializer, bytes, count)
  }

  /** A payload that the router itself makes. */
  static of(args?: readonly unknown[], kwargs?: Dict): Payload {
    if (kwargs !== undefined)
      return new Payload(undefined, noBytes, 2, { args: args ?? [], kwargs })
    return args === undefined ? Payload.empty : new Payload(undefined, noBytes, 1, { args })
  }

  /** How long it is as it was received; 0 for what the router itself made. */
  get sizeBytes(): number {
    return this.#bytes.length
  }

  /** The tail of a frame of `serializer`. */
  tailFor(serializer: Serializer): Buffer {
    if (serializer === this.#serializer || this.count === 0) return this.#bytes
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
    return new Payload(this.#serializer, Buffer.from(this.#bytes), this.count, undefined)
  }

  /** Decoded at the first call, and never on the way between sessions of one serializer. */
  values(): PayloadValues {
    this.#values ??= this.#serializer?.decodeTail(this.#bytes, this.count) ?? noValues
    return this.#values
  }
}
