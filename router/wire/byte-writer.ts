const firstBytes = 512
const keptBytes = 65_536

/** Bytes that are written one after the other, in memory that grows with them and is used again. */
export class ByteWriter {
  #bytes: Buffer = Buffer.allocUnsafeSlow(firstBytes)
  #at = 0

  /** Begins anew. What was written before is gone. */
  reset(): void {
    this.#at = 0
    if (this.#bytes.length > keptBytes) this.#bytes = Buffer.allocUnsafeSlow(firstBytes)
  }

  /** What was written, until anything else is. */
  get written(): Uint8Array {
    return this.#bytes.subarray(0, this.#at)
  }

  byte(byte: number): void {
    this.#room(1)[this.#at++] = byte
  }

  /** A byte, then an integer of `width` bytes (up to 4), the highest first. */
  unsigned(first: number, value: number, width: number): void {
    const bytes = this.#room(width + 1)
    bytes[this.#at++] = first
    for (let shift = 8 * (width - 1); shift >= 0; shift -= 8) {
      bytes[this.#at++] = (value >>> shift) & 0xff
    }
  }

  /** A byte, then an integer of 64 bits, of which `value` has at most 53. */
  unsigned64(first: number, value: number): void {
    this.unsigned(first, Math.floor(value / 0x100000000), 4)
    this.#at = this.#room(4).writeUInt32BE(value % 0x100000000, this.#at)
  }

  /** A byte, then a float of 64 bits. */
  double(first: number, value: number): void {
    this.byte(first)
    this.#at = this.#room(8).writeDoubleBE(value, this.#at)
  }

  /** A byte, then an integer of 64 bits. */
  bigUnsigned(first: number, value: bigint): void {
    this.byte(first)
    this.#at = this.#room(8).writeBigUInt64BE(value, this.#at)
  }

  /** `size` is that of `value` in UTF-8. Half a surrogate pair, which JSON can spell, is written as U+FFFD. */
  text(value: string, size: number): void {
    this.#at += this.#room(size).write(value, this.#at)
  }

  copy(data: Uint8Array): void {
    this.#room(data.length).set(data, this.#at)
    this.#at += data.length
  }

  #room(size: number): Buffer {
    if (this.#at + size > this.#bytes.length) {
      const larger = Buffer.allocUnsafeSlow((this.#at + size) * 2)
      larger.set(this.#bytes.subarray(0, this.#at))
      this.#bytes = larger
    }
    return this.#bytes
  }
}
