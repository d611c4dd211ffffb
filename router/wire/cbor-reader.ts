import { readHalf } from './cbor-float.ts'
import { readTagged } from './cbor-tags.ts'
import { setKey } from './dict.ts'
import { narrow } from './integer.ts'

/**
 * Reads values from CBOR that was proven well-formed and at most 64 deep, so that it may recurse.
 * Integers beyond 2^53 and bignums become bigints, times Dates, typed arrays their bytes; of other tags the value stays.
 * `undefined` (f7), with which encoders mark what is absent, leaves its key out of a dict.
 * Byte strings are copied, as what is decoded may outlive the frame.
 */
export class CborReader {
  readonly #bytes: Buffer
  #at: number

  constructor(bytes: Buffer, at: number) {
    this.#bytes = bytes
    this.#at = at
  }

  value(): unknown {
    const first = this.#bytes[this.#at++] ?? 0
    const info = first & 0x1f
    switch (first >> 5) {
      case 0:
        return info === 27 ? narrow(this.#unsigned64()) : this.#argument(info)
      case 1:
        return info === 27 ? narrow(-1n - this.#unsigned64()) : -1 - this.#argument(info)
      case 2:
        return this.#binary(info)
      case 3:
        return info === 31 ? this.#pieces().toString() : this.#string(this.#argument(info))
      case 4:
        return this.#list(info)
      case 5:
        return this.#dict(info)
      case 6:
        return readTagged(this.#argument(info), this.value())
      default:
        return this.#simple(first)
    }
  }

  #simple(first: number): unknown {
    switch (first) {
      case 0xf4:
        return false
      case 0xf5:
        return true
      case 0xf7:
        return undefined
      case 0xf9:
        return readHalf(this.#bytes.readUInt16BE(this.#skip(2)))
      case 0xfa:
        return this.#bytes.readFloatBE(this.#skip(4))
      case 0xfb:
        return this.#bytes.readDoubleBE(this.#skip(8))
      default:
        return null
    }
  }

  #list(info: number): unknown[] {
    const list: unknown[] = []
    if (info === 31) {
      while (!this.#stops()) list.push(this.value())
    } else {
      const count = this.#argument(info)
      for (let i = 0; i < count; i++) list.push(this.value())
    }
    return list
  }

  #dict(info: number): Record<string, unknown> {
    const dict: Record<string, unknown> = {}
    if (info === 31) {
      while (!this.#stops()) this.#entry(dict)
    } else {
      const count = this.#argument(info)
      for (let i = 0; i < count; i++) this.#entry(dict)
    }
    return dict
  }

  #entry(dict: Record<string, unknown>): void {
    const key = this.value() as string
    const value = this.value()
    if (value !== undefined) setKey(dict, key, value)
  }

  /** Steps over a stop code, if one is next. */
  #stops(): boolean {
    if (this.#bytes[this.#at] !== 0xff) return false
    this.#at++
    return true
  }

  #string(size: number): string {
    const start = this.#skip(size)
    return this.#bytes.toString('utf8', start, start + size)
  }

  #binary(info: number): Buffer {
    if (info === 31) return this.#pieces()
    const size = this.#argument(info)
    const start = this.#skip(size)
    return Buffer.from(this.#bytes.subarray(start, start + size))
  }

  /** The bytes of a string of indefinite length. Walked twice: a million empty pieces are to cost nothing. */
  #pieces(): Buffer {
    const start = this.#at
    let total = 0
    while (!this.#stops()) {
      const size = this.#argument((this.#bytes[this.#at++] ?? 0) & 0x1f)
      total += size
      this.#at += size
    }
    const whole = Buffer.alloc(total)
    this.#at = start
    for (let at = 0; !this.#stops();) {
      const size = this.#argument((this.#bytes[this.#at++] ?? 0) & 0x1f)
      const piece = this.#skip(size)
      if (size > 0) this.#bytes.copy(whole, at, piece, piece + size)
      at += size
    }
    return whole
  }

  /** A length, a small integer or a tag; one of 64 bits, which is a tag at most, may be rounded. */
  #argument(info: number): number {
    if (info < 24) return info
    let value = 0
    for (let left = 1 << (info - 24); left > 0; left--) {
      value = value * 256 + (this.#bytes[this.#at++] ?? 0)
    }
    return value
  }

  #unsigned64(): bigint {
    return this.#bytes.readBigUInt64BE(this.#skip(8))
  }

  #skip(size: number): number {
    const start = this.#at
    this.#at += size
    return start
  }
}
