import { ByteWriter } from './byte-writer.ts'
import { Constant } from './constant.ts'
import { maxDepth } from './elements.ts'
import { WampError } from './errors.ts'
import { Extension } from './extension.ts'
import type { Dict } from './message.ts'

const unsignedInteger = 0x00
const negativeInteger = 0x20
const byteString = 0x40
const textString = 0x60
const list = 0x80
const dict = 0xa0
const tag = 0xc0
const none = 0xf6
const float64 = 0xfb

/**
 * Writes values as CBOR, one after the other, all of definite length. Integers up to 2^53 are integers on the wire,
 * never floats; strings are always valid UTF-8. A Date becomes a time (tag 1), beyond year 9999 its ISO string, views
 * on memory become byte strings, an Extension its bytes, a bigint an integer or, beyond 64 bits, a bignum (tags 2, 3).
 * `undefined`, functions and symbols are absent from dicts and null in lists.
 */
export class CborWriter {
  readonly #out: ByteWriter = new ByteWriter()

  /** Begins anew. What was written before is gone. */
  reset(): void {
    this.#out.reset()
  }

  /** What was written, until anything else is. */
  get written(): Uint8Array {
    return this.#out.written
  }

  /** A list with `count` values, which are to be written next. */
  list(count: number): void {
    this.#head(list, count)
  }

  /**
   * `depth` is that of the list or dict in which the value lies.
   * @throws WampError `wamp.error.invalid_argument` when nested deeper than a message may be
   */
  value(value: unknown, depth: number): void {
    switch (typeof value) {
      case 'string':
        return this.#string(value)
      case 'number':
        return this.#number(value)
      case 'boolean':
        return this.#out.byte(value ? 0xf5 : 0xf4)
      case 'bigint':
        return this.#bigint(value)
      case 'object':
        if (value === null) return this.#out.byte(none)
        return this.#object(value, depth + 1)
      default:
        return this.#out.byte(none)
    }
  }

  #object(value: object, depth: number): void {
    if (ArrayBuffer.isView(value)) return this.#bytes(value)
    if (value instanceof Date) return this.#time(value)
    if (value instanceof Extension) return this.#bytes(value.data)
    if (value instanceof Constant) return this.#out.copy(cborOf(value))
    if (depth > maxDepth) {
      throw new WampError(
        'wamp.error.invalid_argument',
        `a value is nested deeper than ${maxDepth} in its message`,
      )
    }
    if (Array.isArray(value)) {
      this.#head(list, value.length)
      for (let i = 0; i < value.length; i++) this.value(value[i], depth)
      return
    }
    const items = value as Record<string, unknown>
    const keys = Object.keys(items).filter((key) => isPresent(items[key]))
    this.#head(dict, keys.length)
    for (const key of keys) {
      this.#string(key)
      this.value(items[key], depth)
    }
  }

  #number(value: number): void {
    if (!Number.isInteger(value) || Math.abs(value) > 2 ** 53 || Object.is(value, -0)) {
      this.#out.double(float64, value)
    } else if (value >= 0) this.#head(unsignedInteger, value)
    else this.#head(negativeInteger, -1 - value)
  }

  #bigint(value: bigint): void {
    const major = value >= 0n ? unsignedInteger : negativeInteger
    const magnitude = value >= 0n ? value : -1n - value
    if (magnitude < 1n << 64n) return this.#out.bigUnsigned(major | 27, magnitude)
    const hex = magnitude.toString(16)
    this.#out.byte(tag | (value >= 0n ? 2 : 3))
    this.#bytes(Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex'))
  }

  #string(value: string): void {
    const size = Buffer.byteLength(value)
    this.#head(textString, size)
    this.#out.text(value, size)
  }

  #bytes(view: ArrayBufferView): void {
    this.#head(byteString, view.byteLength)
    this.#out.copy(new Uint8Array(view.buffer, view.byteOffset, view.byteLength))
  }

  #time(date: Date): void {
    const ms = date.getTime()
    if (Number.isNaN(ms)) return this.#out.byte(none)
    const year = date.getUTCFullYear()
    if (year < 1 || year > 9999) return this.#string(date.toISOString())
    this.#out.byte(tag | 1)
    this.#number(ms / 1000)
  }

  /** The kind of a value, and its length, its count or itself, in as few bytes as it takes. */
  #head(major: number, argument: number): void {
    if (argument < 24) this.#out.byte(major | argument)
    else if (argument < 0x100) this.#out.unsigned(major | 24, argument, 1)
    else if (argument < 0x10000) this.#out.unsigned(major | 25, argument, 2)
    else if (argument < 0x100000000) this.#out.unsigned(major | 26, argument, 4)
    else this.#out.unsigned64(major | 27, argument)
  }
}

/** A constant, written once. */
export function cborOf(constant: Constant): Uint8Array {
  return (constant.cbor ??= written(constant.value))
}

function written(value: Dict): Uint8Array {
  const writer = new CborWriter()
  writer.value(value, 1)
  return new Uint8Array(writer.written)
}

function isPresent(value: unknown): boolean {
  return value !== undefined && typeof value !== 'function' && typeof value !== 'symbol'
}
