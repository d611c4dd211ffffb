import type { Random } from '../../support/random.ts'

/**
 * A value as CBOR, each part of it in any of the forms that RFC 8949 has for it: lengths and integers wider than need
 * be, lists, dicts and strings of indefinite length, strings in pieces, floats of any width that holds them, bytes as
 * they are or as a typed array, big integers as bignums, tags without a meaning.
 */
export function writeInAnyForm(value: unknown, random: Random): Buffer {
  const parts: Buffer[] = []
  write(value, random, parts, 0)
  return Buffer.concat(parts)
}

function write(value: unknown, random: Random, parts: Buffer[], depth: number): void {
  // A message and its elements have no tags.
  if (depth > 1 && random.chance(0.1)) parts.push(head(6, 55799, random))
  if (value === null) parts.push(Buffer.of(0xf6))
  else if (value === undefined) parts.push(Buffer.of(0xf7))
  else if (typeof value === 'boolean') parts.push(Buffer.of(value ? 0xf5 : 0xf4))
  else if (typeof value === 'string') {
    const pieces = random.chance(0.3) ? Array.from(value, utf8) : undefined
    writeString(3, Buffer.from(value), pieces, random, parts)
  } else if (ArrayBuffer.isView(value)) {
    const bytes = Buffer.from(value as Uint8Array)
    if (random.chance(0.2)) parts.push(head(6, 64, random), head(2, bytes.length, random), bytes)
    else {
      const cut = random.below(bytes.length + 1)
      const pieces = [bytes.subarray(0, cut), bytes.subarray(cut)]
      writeString(2, bytes, random.chance(0.3) ? pieces : undefined, random, parts)
    }
  } else if (typeof value === 'bigint') parts.push(bigint(value, random))
  else if (typeof value === 'number') parts.push(number(value, random))
  else if (Array.isArray(value)) {
    writeCollection(4, value.length, random, parts, () => {
      for (const item of value) write(item, random, parts, depth + 1)
    })
  } else {
    const entries = Object.entries(value)
    writeCollection(5, entries.length, random, parts, () => {
      for (const [key, item] of entries) {
        const pieces = random.chance(0.2) ? Array.from(key, utf8) : undefined
        writeString(3, Buffer.from(key), pieces, random, parts)
        write(item, random, parts, depth + 1)
      }
    })
  }
}

function utf8(text: string): Buffer {
  return Buffer.from(text)
}

function writeString(
  major: number,
  whole: Buffer,
  pieces: readonly Buffer[] | undefined,
  random: Random,
  parts: Buffer[],
): void {
  if (pieces === undefined) parts.push(head(major, whole.length, random), whole)
  else {
    parts.push(Buffer.of((major << 5) | 31))
    for (const piece of pieces) parts.push(head(major, piece.length, random), piece)
    parts.push(Buffer.of(0xff))
  }
}

function writeCollection(
  major: number,
  count: number,
  random: Random,
  parts: Buffer[],
  writeItems: () => void,
): void {
  const isEndless = random.chance(0.4)
  parts.push(isEndless ? Buffer.of((major << 5) | 31) : head(major, count, random))
  writeItems()
  if (isEndless) parts.push(Buffer.of(0xff))
}

/** In the shortest width or a wider one. */
function head(major: number, argument: number | bigint, random: Random): Buffer {
  const value = BigInt(argument)
  const shortest = [24n, 1n << 8n, 1n << 16n, 1n << 32n, 1n << 64n].findIndex((end) => value < end)
  const width = shortest + random.below(5 - shortest)
  if (width === 0) return Buffer.of((major << 5) | Number(value))
  const bytes = Buffer.alloc(9)
  bytes.writeBigUInt64BE(value, 1)
  const size = 2 ** (width - 1)
  const argumentBytes = bytes.subarray(9 - size)
  return Buffer.concat([Buffer.of((major << 5) | (23 + width)), argumentBytes])
}

function number(value: number, random: Random): Buffer {
  if (Number.isInteger(value) && Math.abs(value) <= 2 ** 53 && !Object.is(value, -0)) {
    if (random.chance(0.7)) return value < 0 ? head(1, -1 - value, random) : head(0, value, random)
  }
  const bytes = Buffer.alloc(9)
  if (Object.is(Math.fround(value), value) && random.chance(0.5)) {
    bytes[0] = 0xfa
    bytes.writeFloatBE(value, 1)
    return bytes.subarray(0, 5)
  }
  bytes[0] = 0xfb
  bytes.writeDoubleBE(value, 1)
  return bytes
}

function bigint(value: bigint, random: Random): Buffer {
  const magnitude = value < 0n ? -1n - value : value
  if (random.chance(0.6)) return head(value < 0n ? 1 : 0, magnitude, random)
  const hex = magnitude.toString(16)
  const zeros = '00'.repeat(random.below(3))
  const bytes = Buffer.from(zeros + (hex.length % 2 === 0 ? hex : `0${hex}`), 'hex')
  return Buffer.concat([head(6, value < 0n ? 3 : 2, random), head(2, bytes.length, random), bytes])
}
