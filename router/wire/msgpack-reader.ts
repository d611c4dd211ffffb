import { setKey } from './dict.ts'
import { Extension } from './extension.ts'
import { narrow } from './integer.ts'

/**
 * Reads values from MessagePack that was proven well-formed and at most 64 deep, so that it may recurse.
 * Integers beyond 2^53 become bigints, timestamps Dates (where a Date can hold them), other extensions `Extension`.
 * `d4 00 00`, with which some encoders mark what is absent, becomes `undefined`: such a key of a dict is left out.
 * bin is copied, as what is decoded may outlive the frame.
 */
export class MsgpackReader {
  readonly #bytes: Buffer
  #at: number

  constructor(bytes: Buffer, at: number) {
    this.#bytes = bytes
    this.#at = at
  }

  value(): unknown {
    const first = this.#bytes[this.#at++] ?? 0
    if (first < 0x80) return first
    if (first >= 0xe0) return first - 0x100
    if (first < 0x90) return this.#dict(first & 0x0f)
    if (first < 0xa0) return this.#list(first & 0x0f)
    if (first < 0xc0) return this.#string(first & 0x1f)
    switch (first) {
      case 0xc2:
        return false
      case 0xc3:
        return true
      case 0xc4:
        return this.#bin(this.#unsigned(1))
      case 0xc5:
        return this.#bin(this.#unsigned(2))
      case 0xc6:
        return this.#bin(this.#unsigned(4))
      case 0xc7:
        return this.#extension(this.#unsigned(1))
      case 0xc8:
        return this.#extension(this.#unsigned(2))
      case 0xc9:
        return this.#extension(this.#unsigned(4))
      case 0xca:
        return this.#bytes.readFloatBE(this.#skip(4))
      case 0xcb:
        return this.#bytes.readDoubleBE(this.#skip(8))
      case 0xcc:
        return this.#unsigned(1)
      case 0xcd:
        return this.#unsigned(2)
      case 0xce:
        return this.#unsigned(4)
      case 0xcf:
        return narrow(this.#bytes.readBigUInt64BE(this.#skip(8)))
      case 0xd0:
        return this.#bytes.readInt8(this.#skip(1))
      case 0xd1:
        return this.#bytes.readInt16BE(this.#skip(2))
      case 0xd2:
        return this.#bytes.readInt32BE(this.#skip(4))
      case 0xd3:
        return narrow(this.#bytes.readBigInt64BE(this.#skip(8)))
      case 0xd4:
        return this.#extension(1)
      case 0xd5:
        return this.#extension(2)
      case 0xd6:
        return this.#extension(4)
      case 0xd7:
        return this.#extension(8)
      case 0xd8:
        return this.#extension(16)
      case 0xd9:
        return this.#string(this.#unsigned(1))
      case 0xda:
        return this.#string(this.#unsigned(2))
      case 0xdb:
        return this.#string(this.#unsigned(4))
      case 0xdc:
        return this.#list(this.#unsigned(2))
      case 0xdd:
        return this.#list(this.#unsigned(4))
      case 0xde:
        return this.#dict(this.#unsigned(2))
      case 0xdf:
        return this.#dict(this.#unsigned(4))
      default:
        return null
    }
  }

  #list(count: number): unknown[] {
    const list: unknown[] = []
    for (let i = 0; i < count; i++) list.push(this.value())
    return list
  }

  #dict(count: number): Record<string, unknown> {
    const dict: Record<string, unknown> = {}
    for (let i = 0; i < count; i++) {
      const key = this.value() as string
      const value = this.value()
      if (value !== undefined) setKey(dict, key, value)
    }
    return dict
  }

  #string(size: number): string {
    const start = this.#skip(size)
    return this.#bytes.toString('utf8', start, start + size)
  }

  #bin(size: number): Buffer {
    const start = this.#skip(size)
    return Buffer.from(this.#bytes.subarray(start, start + size))
  }

  #extension(size: number): unknown {
    const type = this.#bytes.readInt8(this.#skip(1))
    const data = this.#bin(size)
    if (type === 0 && size === 1 && data[0] === 0) return undefined
    return (type === -1 ? readTimestamp(data) : undefined) ?? new Extension(type, data)
  }

  #unsigned(width: number): number {
    let value = 0
    for (let i = 0; i < width; i++) value = value * 256 + (this.#bytes[this.#at++] ?? 0)
    return value
  }

  #skip(size: number): number {
    const start = this.#at
    this.#at += size
    return start
  }
}

/** `undefined` for a time that no Date can hold. */
function readTimestamp(data: Buffer): Date | undefined {
  let seconds: number
  let nanoseconds = 0
  if (data.length === 4) seconds = data.readUInt32BE()
  else if (data.length === 8) {
    const high = data.readUInt32BE()
    nanoseconds = high >>> 2
    seconds = (high & 3) * 2 ** 32 + data.readUInt32BE(4)
  } else {
    nanoseconds = data.readUInt32BE()
    seconds = Number(data.readBigInt64BE(4))
  }
  const date = new Date(seconds * 1000 + Math.floor(nanoseconds / 1_000_000))
  return Number.isNaN(date.getTime()) ? undefined : date
}
