import { ByteWriter } from './byte-writer.ts'
import { Constant } from './constant.ts'
import { maxDepth } from './elements.ts'
import { WampError } from './errors.ts'
import { Extension } from './extension.ts'
import type { Dict } from './message.ts'

/**
 * Writes values as MessagePack, one after the other. Integers up to 2^53 are integers on the wire, never floats;
 * strings are always valid UTF-8. A Date becomes a timestamp, views on memory become bin, an Extension what it was, a
 * bigint an int64 or uint64 (a float64 where it fits in neither). `undefined`, functions and symbols are absent from
 * dicts and nil in lists.
 */
export class MsgpackWriter {
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
    if (count < 16) this.#out.byte(0x90 | count)
    else this.#length(count, 0xdc, 0xdd)
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
        return this.#out.byte(value ? 0xc3 : 0xc2)
      case 'bigint':
        return this.#bigint(value)
      case 'object':
        if (value === null) return this.#out.byte(0xc0)
        return this.#object(value, depth + 1)
      default:
        return this.#out.byte(0xc0)
    }
  }

  #object(value: object, depth: number): void {
    if (ArrayBuffer.isView(value)) return this.#bin(value)
    if (value instanceof Date) return this.#timestamp(value)
    if (value instanceof Extension) return this.#extension(value.type, value.data)
    if (value instanceof Constant) return this.#out.copy(msgpackOf(value))
    if (depth > maxDepth) {
      throw new WampError(
        'wamp.error.invalid_argument',
        `a value is nested deeper than ${maxDepth} in its message`,
      )
    }
    if (Array.isArray(value)) {
      this.list(value.length)
      for (let i = 0; i < value.length; i++) this.value(value[i], depth)
      return
    }
    const dict = value as Record<string, unknown>
    const keys = Object.keys(dict).filter((key) => isPresent(dict[key]))
    if (keys.length < 16) this.#out.byte(0x80 | keys.length)
    else this.#length(keys.length, 0xde, 0xdf)
    for (const key of keys) {
      this.#string(key)
      this.value(dict[key], depth)
    }
  }

  #number(value: number): void {
    if (!Number.isInteger(value) || Math.abs(value) > 2 ** 53 || Object.is(value, -0)) {
      this.#out.double(0xcb, value)
    } else if (value >= 0) {
      if (value < 0x80) this.#out.byte(value)
      else if (value < 0x100) this.#out.unsigned(0xcc, value, 1)
      else if (value < 0x10000) this.#out.unsigned(0xcd, value, 2)
      else if (value < 0x100000000) this.#out.unsigned(0xce, value, 4)
      else this.#out.unsigned64(0xcf, value)
    } else if (value >= -0x20) this.#out.byte(value & 0xff)
    else if (value >= -0x80) this.#out.unsigned(0xd0, value + 0x100, 1)
    else if (value >= -0x8000) this.#out.unsigned(0xd1, value + 0x10000, 2)
    else if (value >= -0x80000000) this.#out.unsigned(0xd2, value + 0x100000000, 4)
    else this.#bigint(BigInt(value))
  }

  #bigint(value: bigint): void {
    if (value >= 0n && value < 1n << 64n) this.#out.bigUnsigned(0xcf, value)
    else if (value < 0n && value >= -(1n << 63n)) this.#out.bigUnsigned(0xd3, value + (1n << 64n))
    else this.#out.double(0xcb, Number(value))
  }

  #string(value: string): void {
    const size = Buffer.byteLength(value)
    if (size < 32) this.#out.byte(0xa0 | size)
    else if (size < 0x100) this.#out.unsigned(0xd9, size, 1)
    else this.#length(size, 0xda, 0xdb)
    this.#out.text(value, size)
  }

  #bin(view: ArrayBufferView): void {
    if (view.byteLength < 0x100) this.#out.unsigned(0xc4, view.byteLength, 1)
    else this.#length(view.byteLength, 0xc5, 0xc6)
    this.#out.copy(Buffer.from(view.buffer, view.byteOffset, view.byteLength))
  }

  #extension(type: number, data: Uint8Array): void {
    const size = data.length
    const fixed = [1, 2, 4, 8, 16].indexOf(size)
    if (fixed !== -1) this.#out.byte(0xd4 + fixed)
    else if (size < 0x100) this.#out.unsigned(0xc7, size, 1)
    else this.#length(size, 0xc8, 0xc9)
    this.#out.byte(type & 0xff)
    this.#out.copy(data)
  }

  #timestamp(date: Date): void {
    const ms = date.getTime()
    if (Number.isNaN(ms)) return this.#out.byte(0xc0)
    const seconds = Math.floor(ms / 1000)
    const nanoseconds = (ms - seconds * 1000) * 1_000_000
    if (seconds >= 0 && seconds < 2 ** 34) {
      if (nanoseconds === 0 && seconds < 2 ** 32) {
        const data = Buffer.allocUnsafe(4)
        data.writeUInt32BE(seconds)
        return this.#extension(-1, data)
      }
      const data = Buffer.allocUnsafe(8)
      data.writeUInt32BE(nanoseconds * 4 + Math.floor(seconds / 2 ** 32))
      data.writeUInt32BE(seconds % 2 ** 32, 4)
      return this.#extension(-1, data)
    }
    const data = Buffer.allocUnsafe(12)
    data.writeUInt32BE(nanoseconds)
    data.writeBigInt64BE(BigInt(seconds), 4)
    this.#extension(-1, data)
  }

  #length(length: number, short: number, long: number): void {
    if (length < 0x10000) this.#out.unsigned(short, length, 2)
    else this.#out.unsigned(long, length, 4)
  }
}

/** A constant, written once. */
export function msgpackOf(constant: Constant): Uint8Array {
  return (constant.msgpack ??= written(constant.value))
}

function written(value: Dict): Uint8Array {
  const writer = new MsgpackWriter()
  writer.value(value, 1)
  return new Uint8Array(writer.written)
}

function isPresent(value: unknown): boolean {
  return value !== undefined && typeof value !== 'function' && typeof value !== 'symbol'
}
