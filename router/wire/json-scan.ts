import { maxDepth, maxElements, type Elements } from './elements.ts'
import { violation, type WampError } from './errors.ts'

/**
 * Longer than any number that a double or an integer of 64 bits needs; some decoders refuse numbers of some thousand
 * digits.
 */
const maxNumberBytes = 1024

const quote = 0x22
const comma = 0x2c
const minus = 0x2d
const colon = 0x3a
const openList = 0x5b
const backslash = 0x5c
const closeList = 0x5d
const openDict = 0x7b
const closeDict = 0x7d

// For each open list or dict the byte that closes it. Shared, as a scan is over before the next begins.
const closers = new Uint8Array(maxDepth + 1)
// All bytes of strings so far, ORed: outside of strings JSON is ASCII.
let stringBits = 0
// Where the message begins that is looked at: places are told from there on.
let origin = 0

/**
 * Walks a whole message once, which is all of `bytes` or a part of them, proves that it is one JSON list (RFC 8259) that
 * ends where it does, and notes where its elements lie. What is in strings may be no UTF-8. Never recurses: a frame of a
 * million brackets costs 64 steps.
 * @returns whether all of it is ASCII, which needs no look at its UTF-8 (0.9 of the time of decoding a CALL)
 * @throws WampError `wamp.error.protocol_violation`
 */
export function scanJson(
  bytes: Uint8Array,
  elements: Elements,
  start: number = 0,
  end: number = bytes.length,
): boolean {
  elements.clear()
  stringBits = 0
  origin = start
  let at = skipSpace(bytes, start, end)
  if (byteAt(bytes, at, end) !== openList) throw violation('a message must be a JSON list')
  at = skipSpace(bytes, at + 1, end)
  if (byteAt(bytes, at, end) === closeList) return finish(bytes, at + 1, end)
  closers[1] = closeList
  let depth = 1
  value: for (;;) {
    const first = byteAt(bytes, at, end)
    if (depth === 1 && !elements.begin(at)) {
      throw violation(`a message has more than ${maxElements} elements`)
    }
    if (first === quote) at = scanString(bytes, at + 1, end)
    else if (first === openList || first === openDict) {
      // '[' and ']' are two apart, and so are '{' and '}'.
      const closer = first + 2
      if (depth === maxDepth) throw violation(`a message is nested deeper than ${maxDepth}`)
      at = skipSpace(bytes, at + 1, end)
      if (byteAt(bytes, at, end) === closer) at++
      else {
        closers[++depth] = closer
        if (closer === closeDict) at = scanKey(bytes, at, end)
        continue
      }
    } else if (first === minus || isDigit(first)) at = scanNumber(bytes, at, end)
    else at = scanLiteral(bytes, at, end)

    for (;;) {
      if (depth === 1) elements.end(at)
      at = skipSpace(bytes, at, end)
      const next = byteAt(bytes, at, end)
      if (next === comma) {
        at = skipSpace(bytes, at + 1, end)
        if (closers[depth] === closeDict) at = scanKey(bytes, at, end)
        continue value
      }
      if (next !== closers[depth]) throw unexpected(bytes, at, end)
      at++
      if (--depth === 0) return finish(bytes, at, end)
    }
  }
}

function finish(bytes: Uint8Array, at: number, end: number): boolean {
  const next = skipSpace(bytes, at, end)
  if (next !== end) throw unexpected(bytes, next, end)
  return stringBits < 0x80
}

function skipSpace(bytes: Uint8Array, at: number, end: number): number {
  for (; at < end; at++) {
    const byte = bytes[at] ?? 0
    if (byte > 0x20 || (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09)) break
  }
  return at
}

/** From a key's opening quote to its value. */
function scanKey(bytes: Uint8Array, at: number, end: number): number {
  if (byteAt(bytes, at, end) !== quote) throw unexpected(bytes, at, end)
  at = skipSpace(bytes, scanString(bytes, at + 1, end), end)
  if (byteAt(bytes, at, end) !== colon) throw unexpected(bytes, at, end)
  return skipSpace(bytes, at + 1, end)
}

/** From behind the opening quote to behind the closing one. */
function scanString(bytes: Uint8Array, at: number, end: number): number {
  let bits = 0
  while (at < end) {
    const byte = bytes[at] ?? 0
    bits |= byte
    if (byte > backslash) at++
    else if (byte === quote) {
      stringBits |= bits
      return at + 1
    } else if (byte === backslash) at = scanEscape(bytes, at + 1, end)
    else if (byte < 0x20) break
    else at++
  }
  throw unexpected(bytes, at, end)
}

function scanEscape(bytes: Uint8Array, at: number, end: number): number {
  switch (byteAt(bytes, at, end)) {
    case quote:
    case backslash:
    case 0x2f: // /
    case 0x62: // b
    case 0x66: // f
    case 0x6e: // n
    case 0x72: // r
    case 0x74: // t
      return at + 1
    case 0x75: // u
      for (let i = 1; i <= 4; i++)
        if (!isHexDigit(byteAt(bytes, at + i, end))) throw unexpected(bytes, at + i, end)
      return at + 5
    default:
      throw unexpected(bytes, at, end)
  }
}

function scanNumber(bytes: Uint8Array, at: number, end: number): number {
  const start = at
  if (byteAt(bytes, at, end) === minus) at++
  // No digit may follow a leading zero.
  at = byteAt(bytes, at, end) === 0x30 ? at + 1 : scanDigits(bytes, at, end)
  if (byteAt(bytes, at, end) === 0x2e) at = scanDigits(bytes, at + 1, end)
  if (byteAt(bytes, at, end) === 0x65 || byteAt(bytes, at, end) === 0x45) {
    at++
    if (byteAt(bytes, at, end) === 0x2b || byteAt(bytes, at, end) === minus) at++
    at = scanDigits(bytes, at, end)
  }
  if (at - start > maxNumberBytes) {
    throw violation(`the number at byte ${start - origin} has more than ${maxNumberBytes} digits`)
  }
  return at
}

/** One digit or more. */
function scanDigits(bytes: Uint8Array, at: number, end: number): number {
  if (!isDigit(byteAt(bytes, at, end))) throw unexpected(bytes, at, end)
  do at++
  while (isDigit(byteAt(bytes, at, end)))
  return at
}

function scanLiteral(bytes: Uint8Array, at: number, end: number): number {
  const first = byteAt(bytes, at, end)
  const word = first === 0x74 ? 'true' : first === 0x66 ? 'false' : first === 0x6e ? 'null' : ''
  if (word === '') throw unexpected(bytes, at, end)
  for (let i = 1; i < word.length; i++) {
    if (byteAt(bytes, at + i, end) !== word.charCodeAt(i)) throw unexpected(bytes, at + i, end)
  }
  return at + word.length
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39
}

function isHexDigit(byte: number): boolean {
  const lower = byte | 0x20
  return isDigit(byte) || (lower >= 0x61 && lower <= 0x66)
}

function unexpected(bytes: Uint8Array, at: number, end: number): WampError {
  const place = at - origin
  if (at >= end) return violation(`a message is not whole JSON: it ends at byte ${place}`)
  const byte = (bytes[at] ?? 0).toString(16).padStart(2, '0')
  return violation(`a message is not JSON: 0x${byte} is not allowed at byte ${place}`)
}

/** The byte there; behind the end NUL, which JSON has nowhere: there may be another message. */
function byteAt(bytes: Uint8Array, at: number, end: number): number {
  return at < end ? (bytes[at] ?? 0) : 0
}
