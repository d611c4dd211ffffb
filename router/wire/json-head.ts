import type { HeadItem } from './format.ts'
import { headBytes } from './head-bytes.ts'
import { emptyDict } from './message.ts'

/**
 * Writes the beginning of a message whose head is but numbers and empty dicts, as those of INVOCATION, RESULT and
 * EVENT mostly are, without making a string of it. Returns how many bytes `copyHead` will copy; 0 for another head.
 */
export function writeJsonHead(head: readonly HeadItem[]): number {
  let at = 0
  for (let i = 0; i < head.length; i++) {
    const item = head[i]
    headBytes[at++] = i === 0 ? 0x5b : 0x2c
    if (item === emptyDict) {
      headBytes[at++] = 0x7b
      headBytes[at++] = 0x7d
    } else if (typeof item === 'number' && Number.isSafeInteger(item) && item >= 0) {
      at = writeNumber(item, at)
    } else return 0
  }
  return at
}

/**
 * The same of a message whose details are a Constant, which is to be copied behind it (0.97 of the
 * time of a call in a protected realm).
 */
export function writeJsonNumbers(type: number, request: number, registration: number): number {
  headBytes[0] = 0x5b
  let at = writeNumber(type, 1)
  headBytes[at] = 0x2c
  at = writeNumber(request, at + 1)
  headBytes[at] = 0x2c
  at = writeNumber(registration, at + 1)
  headBytes[at] = 0x2c
  return at + 1
}

function writeNumber(value: number, at: number): number {
  if (value < 1e8) return writeDigits(value, at, 1)
  return writeDigits(value % 1e8, writeLarge(value, at), 8)
}

function writeLarge(value: number, at: number): number {
  return writeDigits(Math.floor(value / 1e8), at, 1)
}

/** Writes at least `width` digits of an integer below 2^31, for which division needs no floating point. */
function writeDigits(value: number, at: number, width: number): number {
  if (width === 1) for (let most = 10; most <= value; most *= 10) width++
  for (let i = at + width - 1; i >= at; i--) {
    headBytes[i] = 0x30 + (value % 10)
    value = (value / 10) | 0
  }
  return at + width
}
