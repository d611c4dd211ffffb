import { maxDepth, maxElements, type Elements } from './elements.ts'
import { violation, type WampError } from './errors.ts'

/** Longer than any number that a double or an integer of 64 bits needs; some decoders refuse numbers of some thousand digits. */
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

/**
 * Walks a whole frame once, proves that it is one JSON list (RFC 8259) that ends with the frame, and notes where
 * its elements lie. What is in strings may be no UTF-8. Never recurses: a frame of a million brackets costs 64 steps.
 * @returns whether all of it is ASCII, which needs no look at its UTF-8 (0.9 of the time of decoding a CALL)
 * @throws WampError `wamp.error.protocol_violation`
 */
export function scanJson(bytes: Uint8Array, elements: Elements): boolean {
  elements.clear()
  stringBits = 0
  let at = skipSpace(bytes, 0)
  if (byteAt(bytes, at) !== openList) throw violation('a message must be a JSON list')
  at = skipSpace(bytes, at + 1)
  if (byteAt(bytes, at) === closeList) return finish(bytes, at + 1)
  closers[1] = closeList
  let depth = 1
  value: for (;;) {
    const first = byteAt(bytes, at)
    if (depth === 1 && !elements.begin(at)) {
      throw violation(`a message has more than ${maxElements} elements`)
    }
    if (first === quote) at = scanString(bytes, at + 1)
    else if (first === openList || first === openDict) {
      // '[' and ']' are two apart, and so are '{' and '}'.
      const closer = first + 2
      if (depth === maxDepth) throw violation(`a message is nested deeper than ${maxDepth}`)
      at = skipSpace(bytes, at + 1)
      if (byteAt(bytes, at) === closer) at++
      else {
        closers[++depth] = closer
        if (closer === closeDict) at = scanKey(bytes, at)
        continue
      }
    } else if (first === minus || isDigit(first)) at = scanNumber(bytes, at)
    else at = scanLiteral(bytes, at)

    for (;;) {
      if (depth === 1) elements.end(at)
      at = skipSpace(bytes, at)
      const next = byteAt(bytes, at)
      if (next === comma) {
        at = skipSpace(bytes, at + 1)
        if (closers[depth] === closeDict) at = scanKey(bytes, at)
        continue value
      }
      if (next !== closers[depth]) throw unexpected(bytes, at)
      at++
      if (--depth === 0) return finish(bytes, at)
    }
  }
}

function finish(bytes: Uint8Array, at: number): boolean {
  const end = skipSpace(bytes, at)
  if (end !== bytes.length) throw unexpected(bytes, end)
  return stringBits < 0x80
}

function skipSpace(bytes: Uint8Array, at: number): number {
  for (; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0
    if (byte > 0x20 || (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09)) break
  }
  return at
}

/** From a key's opening quote to its value. */
function scanKey(bytes: Uint8Array, at: number): number {
  if (byteAt(bytes, at) !== quote) throw unexpected(bytes, at)
  at = skipSpace(bytes, scanString(bytes, at + 1))
  if (byteAt(bytes, at) !== colon) throw unexpected(bytes, at)
  return skipSpace(bytes, at + 1)
}

/** From behind the opening quote to behind the closing one. */
function scanString(bytes: Uint8Array, at: number): number {
  let bits = 0
  while (at < bytes.length) {
    const byte = bytes[at] ?? 0
    bits |= byte
    if (byte > backslash) at++
    else if (byte === quote) {
      stringBits |= bits
      return at + 1
    } else if (byte === backslash) at = scanEscape(bytes, at + 1)
    else if (byte < 0x20) break
    else at++
  }
  throw unexpected(bytes, at)
}

function scanEscape(bytes: Uint8Array, at: number): number {
  switch (byteAt(bytes, at)) {
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
        if (!isHexDigit(byteAt(bytes, at + i))) throw unexpected(bytes, at + i)
      return at + 5
    default:
      throw unexpected(bytes, at)
  }
}

function scanNumber(bytes: Uint8Array, at: number): number {
  const start = at
  if (byteAt(bytes, at) === minus) at++
  // No digit may follow a leading zero.
  at = byteAt(bytes, at) === 0x30 ? at + 1 : scanDigits(bytes, at)
  if (byteAt(bytes, at) === 0x2e) at = scanDigits(bytes, at + 1)
  if (byteAt(bytes, at) === 0x65 || byteAt(bytes, at) === 0x45) {
    at++
    if (byteAt(bytes, at) === 0x2b || byteAt(bytes, at) === minus) at++
    at = scanDigits(bytes, at)
  }
  if (at - start > maxNumberBytes) {
    throw violation(`the number at byte ${start} has more than ${maxNumberBytes} digits`)
  }
  return at
}

/** One digit or more. */
function scanDigits(bytes: Uint8Array, at: number): number {
  if (!isDigit(byteAt(bytes, at))) throw unexpected(bytes, at)
  do at++
  while (isDigit(byteAt(bytes, at)))
  return at
}

function scanLiteral(bytes: Uint8Array, at: number): number {
  const first = byteAt(bytes, at)
  const word = first === 0x74 ? 'true' : first === 0x66 ? 'false' : first === 0x6e ? 'null' : ''
  if (word === '') throw unexpected(bytes, at)
  for (let i = 1; i < word.length; i++) {
    if (byteAt(bytes, at + i) !== word.charCodeAt(i)) throw unexpected(bytes, at + i)
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

function unexpected(bytes: Uint8Array, at: number): WampError {
  const byte = bytes[at]
  return violation(
    byte === undefined
      ? `a message is not whole JSON: it ends at byte ${at}`
      : `a message is not JSON: 0x${byte.toString(16).padStart(2, '0')} is not allowed at byte ${at}`,
  )
}

/** The byte there; behind the end NUL, which JSON has nowhere. Reading there itself would slow down every read. */
function byteAt(bytes: Uint8Array, at: number): number {
  return at < bytes.length ? (bytes[at] ?? 0) : 0
}
