import { narrow } from './integer.ts'

/** The longest bignum: with more, a peer with JSON would be sent a number of more digits than it may have. */
const maxBignumBytes = 424
/** The first second of year 1 and the last of year 9999, since 1970: common decoders have no others. */
const firstSecond = -62_135_596_800
const lastSecond = 253_402_300_799

/** A bignum's bytes, by tag (RFC 8949, 3.4.3). */
const bignum = 2
const negativeBignum = 3
/** Tags that point to other values of the frame, which the router takes apart: shared values and strings. */
const references: ReadonlySet<number> = new Set([25, 28, 29, 256])

/** What of the value behind a tag is known before the value is walked. */
export interface TagContent {
  readonly kind: 'bytes' | 'text' | 'number' | 'other'
  /** Octets of a string; 0 where it comes in pieces. */
  readonly length: number
  text(): string
  number(): number
}

/**
 * What is wrong with a value behind a tag, in one short sentence, or `undefined` when nothing is. Common decoders
 * refuse these, and a caller could make a callee drop its own session. Tags that are not known pass.
 */
export function checkTag(tag: number, content: TagContent): string | undefined {
  const { kind, length } = content
  if (tag === 0) {
    const isDate = kind === 'text' && length > 0 && length <= 64 && isDateTime(content.text())
    return isDate ? undefined : 'a date (tag 0) is a text of RFC 3339'
  }
  if (tag === 1) {
    const seconds = kind === 'number' ? content.number() : NaN
    const isTime = seconds >= firstSecond && seconds <= lastSecond
    return isTime ? undefined : 'a time (tag 1) is a number of seconds, of the years 1 to 9999'
  }
  if (tag === bignum || tag === negativeBignum) {
    if (kind === 'bytes' && length <= maxBignumBytes) return undefined
    return `a bignum (tag ${tag}) is a byte string of at most ${maxBignumBytes} bytes`
  }
  if (tag >= 64 && tag <= 87) {
    const width = elementBytes(tag)
    if (kind === 'bytes' && length % width === 0) return undefined
    return `a typed array (tag ${tag}) is a byte string of a multiple of ${width} bytes`
  }
  return references.has(tag) ? `a reference (tag ${tag}) is not supported` : undefined
}

/** The value that a tag makes of its content, which was checked. One that is not known leaves it as it is. */
export function readTagged(tag: number, content: unknown): unknown {
  switch (tag) {
    case 0:
      return new Date(content as string)
    case 1:
      return new Date(Math.round(Number(content) * 1000))
    case bignum:
      return narrow(bigintOf(content as Buffer))
    case negativeBignum:
      return narrow(-1n - bigintOf(content as Buffer))
    default:
      return content
  }
}

function bigintOf(bytes: Buffer): bigint {
  return bytes.length === 0 ? 0n : BigInt(`0x${bytes.toString('hex')}`)
}

/** The width of a typed array's elements, as its tag spells it: 0b010_f_s_e_ll (RFC 8746, 2.1). */
function elementBytes(tag: number): number {
  return 2 ** (((tag >> 4) & 1) + (tag & 3))
}

function isDateTime(text: string): boolean {
  const parts =
    /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.\d+)?(?:Z|[+-](\d\d):(\d\d))$/.exec(text)
  if (parts === null) return false
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, ...offset] = parts
    .slice(1)
    .map((digits: string | undefined) => Number(digits ?? 0))
  const [offsetHour = 0, offsetMinute = 0] = offset
  if (year < 1 || month < 1 || month > 12 || day < 1) return false
  // The last day of the month before the next one.
  if (day > new Date(Date.UTC(year, month, 0)).getUTCDate()) return false
  return hour < 24 && minute < 60 && second < 60 && offsetHour < 24 && offsetMinute < 60
}
