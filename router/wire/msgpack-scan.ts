import { maxDepth, maxElements, type Elements } from './elements.ts'
import { violation, type WampError } from './errors.ts'
import { isText } from './text.ts'

const scalar = 0
const text = 1
const extension = 2
const list = 3
const dict = 4
const invalid = 5

// What each first byte announces: the kind of value, its length (of a list or dict: how many), or in how many bytes
// the length follows.
const kinds = new Uint8Array(256)
const lengths = new Uint8Array(256)
const widths = new Uint8Array(256)
for (let i = 0; i < 16; i++) {
  announce(0x80 + i, dict, i)
  announce(0x90 + i, list, i)
}
for (let i = 0; i < 32; i++) announce(0xa0 + i, text, i)
announce(0xc1, invalid, 0)
for (const [i, bytes] of [1, 2, 4].entries()) {
  announce(0xc4 + i, scalar, 0, bytes) // bin
  announce(0xc7 + i, extension, 0, bytes)
  announce(0xd9 + i, text, 0, bytes)
}
announce(0xca, scalar, 4) // float 32
announce(0xcb, scalar, 8) // float 64
for (const [i, bytes] of [1, 2, 4, 8].entries()) {
  announce(0xcc + i, scalar, bytes) // uint
  announce(0xd0 + i, scalar, bytes) // int
}
for (const [i, bytes] of [1, 2, 4, 8, 16].entries()) announce(0xd4 + i, extension, bytes)
for (const [i, bytes] of [2, 4].entries()) {
  announce(0xdc + i, list, 0, bytes)
  announce(0xde + i, dict, 0, bytes)
}

function announce(first: number, kind: number, length: number, width = 0): void {
  kinds[first] = kind
  lengths[first] = length
  widths[first] = width
}

// For each list or dict around the one being walked, how many values are still to come, keys counted too, and whether
// it is a dict. Shared, as a scan is over before the next begins.
const lefts = new Float64Array(maxDepth + 1)
const inDicts = new Uint8Array(maxDepth + 1)
// Where the message begins that is looked at: places are told from there on.
let origin = 0

/**
 * Walks a whole message once, which is all of `bytes` or a part of them, proves that it is one MessagePack list that
 * ends where it does, and notes where its elements lie. Every length is held against the bytes that are left before
 * anything is done with it, so a frame of five bytes cannot announce four thousand million values. Never recurses.
 *
 * Keys must be strings, as WAMP's dicts have no others, and a timestamp must be one: common decoders refuse them
 * else, and a caller could make a callee drop its own session.
 * @throws WampError `wamp.error.protocol_violation`
 */
export function scanMsgpack(
  bytes: Buffer,
  elements: Elements,
  start: number = 0,
  end: number = bytes.length,
): void {
  elements.clear()
  origin = start
  const opening = start < end ? (bytes[start] ?? 0) : 0
  if (kinds[opening] !== list) throw violation('a message must be a MessagePack list')
  let at = start + 1 + (widths[opening] ?? 0)
  const count = readLength(bytes, opening, start + 1, end)
  if (count > maxElements) throw violation(`a message has more than ${maxElements} elements`)
  let depth = 1
  let left = count
  let inDict = false
  for (;;) {
    if (left === 0) {
      if (--depth === 0) break
      if (depth === 1) elements.end(at)
      left = lefts[depth] ?? 0
      inDict = inDicts[depth] === 1
      continue
    }
    if (at >= end) throw cutOff(end)
    const first = bytes[at] ?? 0
    const kind = kinds[first] ?? invalid
    if (depth === 1) elements.begin(at)
    else if (inDict && left % 2 === 0 && kind !== text) {
      throw violation(`a dict has a key that is not a string at byte ${at - origin}`)
    }
    left--
    at++
    let length = lengths[first] ?? 0
    const width = widths[first] ?? 0
    if (width > 0) {
      length = readLength(bytes, first, at, end)
      at += width
    }
    if (kind === list || kind === dict) {
      const values = kind === dict ? length * 2 : length
      if (values > end - at) throw cutOff(end)
      if (depth === maxDepth) throw violation(`a message is nested deeper than ${maxDepth}`)
      lefts[depth] = left
      inDicts[depth] = inDict ? 1 : 0
      depth++
      left = values
      inDict = kind === dict
      continue
    }
    // An extension's type precedes its data and is not counted.
    if (kind === extension) length++
    if (length > end - at) throw cutOff(end)
    if (kind === text) {
      if (!isText(bytes, at, at + length))
        throw wrong(`the string at byte ${at - origin} is not UTF-8`)
    } else if (kind === extension) {
      if (bytes[at] === 0xff && !isTimestamp(bytes, at + 1, length - 1)) {
        throw wrong(`the timestamp at byte ${at - origin} is none`)
      }
    } else if (kind === invalid) throw wrong(`0xc1 is not allowed at byte ${at - 1 - origin}`)
    at += length
    if (depth === 1) elements.end(at)
  }
  if (at !== end)
    throw violation(`a message ends at byte ${at - origin}, but its frame has ${end - origin}`)
}

/** The length that a first byte announces; `at` is where the byte after it is. */
function readLength(bytes: Buffer, first: number, at: number, end: number): number {
  const width = widths[first]
  if (width === 0) return lengths[first] ?? 0
  if (at + (width ?? 0) > end) throw cutOff(end)
  if (width === 1) return bytes[at] ?? 0
  return width === 2 ? bytes.readUInt16BE(at) : bytes.readUInt32BE(at)
}

/** Of the three forms of a timestamp, the first has no nanoseconds; there are less than 10^9 of them in a second. */
function isTimestamp(bytes: Buffer, at: number, size: number): boolean {
  if (size === 4) return true
  if (size === 8) return bytes.readUInt32BE(at) >>> 2 < 1_000_000_000
  return size === 12 && bytes.readUInt32BE(at) < 1_000_000_000
}

function cutOff(at: number): WampError {
  return violation(`a message is not whole MessagePack: it ends at byte ${at - origin}`)
}

function wrong(what: string): WampError {
  return violation(`a message is not MessagePack: ${what}`)
}
