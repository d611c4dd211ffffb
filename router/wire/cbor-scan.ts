import { readHalf } from './cbor-float.ts'
import { checkTag, type TagContent } from './cbor-tags.ts'
import { maxDepth, maxElements, type Elements } from './elements.ts'
import { violation, type WampError } from './errors.ts'
import { isText } from './text.ts'

/** So many tags may stand before one value: decoders recurse over them. */
const maxTags = 8

const scalar = 0
const bytesString = 1
const text = 2
const list = 3
const dict = 4
const tag = 5
const stop = 6
const invalid = 7

// What each first byte announces: the kind of value, its length (of a list or dict: how many), or in how many bytes
// the length follows; and whether there is none, as a stop code ends it.
const kinds = new Uint8Array(256).fill(invalid)
const lengths = new Uint8Array(256)
const widths = new Uint8Array(256)
const endless = new Uint8Array(256)
for (const [major, kind] of [scalar, scalar, bytesString, text, list, dict, tag].entries()) {
  const first = major << 5
  for (let i = 0; i < 24; i++) announce(first + i, kind, kind === scalar ? 0 : i)
  for (const [i, bytes] of [1, 2, 4, 8].entries()) {
    if (kind === scalar) announce(first + 24 + i, kind, bytes)
    else announce(first + 24 + i, kind, 0, bytes)
  }
}
for (const first of [0x5f, 0x7f, 0x9f, 0xbf]) {
  kinds[first] = kinds[first & 0xe0] ?? invalid
  endless[first] = 1
}
for (const first of [0xf4, 0xf5, 0xf6, 0xf7]) announce(first, scalar, 0) // false, true, null, undefined
for (const [i, bytes] of [2, 4, 8].entries()) announce(0xf9 + i, scalar, bytes) // floats
announce(0xff, stop, 0)

function announce(first: number, kind: number, length: number, width = 0): void {
  kinds[first] = kind
  lengths[first] = length
  widths[first] = width
}

// For each list or dict around the one being walked, how many values are still to come, keys counted too, and whether
// it is a dict and whether it ends with a stop code. Shared, as a scan is over before the next begins.
const lefts = new Float64Array(maxDepth + 1)
const forms = new Uint8Array(maxDepth + 1)
// Where the message begins that is looked at: places are told from there on.
let origin = 0
const isDict = 1
const isEndless = 2
/** More values than any frame has, and even, so that keys and values of a dict can be told apart. */
const unknownCount = 2 ** 52

/**
 * Walks a whole message once, which is all of `bytes` or a part of them, proves that it is one CBOR list (RFC 8949) that
 * ends where it does, and notes where its elements lie. Every length is held against the bytes that are left before
 * anything is done with it, so a frame of nine bytes cannot announce 2^64 values. Never recurses.
 *
 * Lists, dicts and strings may be of indefinite length. Keys must be strings, as WAMP's dicts have no others; simple
 * values are false, true, null and undefined; what `checkTag` knows of tags must hold: common decoders refuse the rest,
 * and a caller could make a callee drop its own session.
 * @throws WampError `wamp.error.protocol_violation`
 */
export function scanCbor(
  bytes: Buffer,
  elements: Elements,
  start: number = 0,
  end: number = bytes.length,
): void {
  elements.clear()
  origin = start
  const opening = start < end ? (bytes[start] ?? 0) : 0
  if (kinds[opening] !== list) throw violation('a message must be a CBOR list')
  let at = start + 1 + (widths[opening] ?? 0)
  let form = endless[opening] === 1 ? isEndless : 0
  let left = form === isEndless ? unknownCount : readLength(bytes, opening, start + 1, end)
  if (form === 0 && left > maxElements) throw tooMany()
  let depth = 1
  let tags = 0
  for (;;) {
    let closes = left === 0
    if (!closes) {
      if (at >= end) throw cutOff(end)
      if (bytes[at] === 0xff) {
        // Nor may a value that is due be missing: behind a tag, or behind a key.
        if ((form & isEndless) === 0 || tags > 0 || (form & isDict && left % 2 !== 0)) {
          throw unexpected(bytes, at)
        }
        at++
        closes = true
      }
    }
    if (closes) {
      if (--depth === 0) break
      if (depth === 1) elements.end(at)
      left = lefts[depth] ?? 0
      form = forms[depth] ?? 0
      continue
    }
    const first = bytes[at] ?? 0
    const kind = kinds[first] ?? invalid
    if (form & isDict && left % 2 === 0 && kind !== text) {
      throw violation(`a dict has a key that is not a string at byte ${at - origin}`)
    }
    if (kind === tag) {
      if (depth === 1) throw violation(`an element of a message has a tag at byte ${at - origin}`)
      if (++tags > maxTags)
        throw violation(`a value has more than ${maxTags} tags at byte ${at - origin}`)
      at = scanTag(bytes, first, at, end)
      continue
    }
    tags = 0
    if (depth === 1 && !elements.begin(at)) throw tooMany()
    left--
    at++
    if (kind === list || kind === dict) {
      let values = unknownCount
      if (endless[first] !== 1) {
        const length = readLength(bytes, first, at, end)
        at += widths[first] ?? 0
        values = kind === dict ? length * 2 : length
        if (values > end - at) throw cutOff(end)
      }
      if (depth === maxDepth) throw violation(`a message is nested deeper than ${maxDepth}`)
      lefts[depth] = left
      forms[depth] = form
      depth++
      left = values
      form = (kind === dict ? isDict : 0) | (endless[first] === 1 ? isEndless : 0)
      continue
    }
    if (kind === scalar) at += lengths[first] ?? 0
    else if (kind === invalid) throw unexpected(bytes, at - 1)
    else
      at =
        endless[first] === 1
          ? scanPieces(bytes, at, kind, end)
          : scanString(bytes, at - 1, kind, end)
    if (at > end) throw cutOff(end)
    if (depth === 1) elements.end(at)
  }
  if (at !== end)
    throw violation(`a message ends at byte ${at - origin}, but its frame has ${end - origin}`)
}

/** From a string's first byte to behind its last. */
function scanString(bytes: Buffer, at: number, kind: number, end: number): number {
  const first = bytes[at] ?? 0
  const start = at + 1 + (widths[first] ?? 0)
  const length = readLength(bytes, first, at + 1, end)
  if (length > end - start) throw cutOff(end)
  if (kind === text && !isText(bytes, start, start + length)) {
    throw wrong(`the string at byte ${start - origin} is not UTF-8`)
  }
  return start + length
}

/** Strings that together are one, up to the stop code; each is whole by itself and has a length. */
function scanPieces(bytes: Buffer, at: number, kind: number, end: number): number {
  for (;;) {
    if (at >= end) throw cutOff(end)
    const first = bytes[at] ?? 0
    if (first === 0xff) return at + 1
    if (kinds[first] !== kind || endless[first] === 1) throw unexpected(bytes, at)
    at = scanString(bytes, at, kind, end)
  }
}

/** From a tag to the value behind it, the first bytes of which are looked at. */
function scanTag(bytes: Buffer, first: number, at: number, end: number): number {
  const content = at + 1 + (widths[first] ?? 0)
  const number = readLength(bytes, first, at + 1, end)
  if (content >= end) throw cutOff(end)
  const fault = checkTag(number, contentAt(bytes, content, end))
  if (fault !== undefined) throw wrong(`${fault}, at byte ${at - origin}`)
  return content
}

function contentAt(bytes: Buffer, at: number, end: number): TagContent {
  const first = bytes[at] ?? 0
  const kind = kinds[first]
  const isWhole = endless[first] !== 1
  if (isWhole && (kind === bytesString || kind === text)) {
    const length = readLength(bytes, first, at + 1, end)
    const start = at + 1 + (widths[first] ?? 0)
    if (length > end - start) throw cutOff(end)
    return {
      kind: kind === text ? 'text' : 'bytes',
      length,
      text: () => bytes.toString('latin1', start, start + length),
      number: () => NaN,
    }
  }
  const isNumber = kind === scalar && (first < 0x40 || first > 0xf7)
  if (isNumber && (lengths[first] ?? 0) > end - at - 1) throw cutOff(end)
  return {
    kind: isNumber ? 'number' : 'other',
    length: 0,
    text: () => '',
    number: () => readNumber(bytes, first, at + 1),
  }
}

/** An integer or a float, an integer of 64 bits rounded. */
function readNumber(bytes: Buffer, first: number, at: number): number {
  switch (first) {
    case 0xf9:
      return readHalf(bytes.readUInt16BE(at))
    case 0xfa:
      return bytes.readFloatBE(at)
    case 0xfb:
      return bytes.readDoubleBE(at)
    default: {
      const value = (first & 0x1f) < 24 ? first & 0x1f : unsigned(bytes, at, lengths[first] ?? 0)
      return first < 0x20 ? value : -1 - value
    }
  }
}

/** The length that a first byte announces, or the number of a tag; `at` is where the byte after it is. */
function readLength(bytes: Buffer, first: number, at: number, end: number): number {
  const width = widths[first] ?? 0
  if (width === 0) return lengths[first] ?? 0
  if (at + width > end) throw cutOff(end)
  return unsigned(bytes, at, width)
}

/** What is beyond 2^53 is rounded: as a length it is too long in any case. */
function unsigned(bytes: Buffer, at: number, width: number): number {
  if (width === 1) return bytes[at] ?? 0
  if (width === 2) return bytes.readUInt16BE(at)
  const high = bytes.readUInt32BE(at)
  return width === 4 ? high : high * 2 ** 32 + bytes.readUInt32BE(at + 4)
}

function tooMany(): WampError {
  return violation(`a message has more than ${maxElements} elements`)
}

function unexpected(bytes: Buffer, at: number): WampError {
  const byte = (bytes[at] ?? 0).toString(16).padStart(2, '0')
  return wrong(`0x${byte} is not allowed at byte ${at - origin}`)
}

function cutOff(at: number): WampError {
  return violation(`a message is not whole CBOR: it ends at byte ${at - origin}`)
}

function wrong(what: string): WampError {
  return violation(`a message is not CBOR: ${what}`)
}
