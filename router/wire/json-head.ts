import { Constant } from './constant.ts'
import type { HeadItem } from './format.ts'
import { headBytes } from './head-bytes.ts'
import { emptyDict } from './message.ts'

/**
 * Writes the beginning of a message whose head is but numbers and empty dicts, as those of INVOCATION, RESULT and
 * EVENT mostly are, without making a string of it; a Constant is left to be copied behind it. Returns how many bytes
 * `copyHead` will copy; 0 for another head.
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
      at = item < 1e8 ? writeDigits(item, at, 1) : writeDigits(item % 1e8, writeLarge(item, at), 8)
    } else if (!(item instanceof Constant)) return 0
  }
  return at
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
