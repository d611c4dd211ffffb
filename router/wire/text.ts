import { isUtf8 } from 'node:buffer'

/** Whether bytes of a frame are UTF-8. */
export function isText(bytes: Buffer, at: number, end: number): boolean {
  // Most strings are short and ASCII; for those a call out of JavaScript costs more than the walk.
  if (end - at <= 48) {
    let i = at
    while (i < end && (bytes[i] ?? 0) < 0x80) i++
    if (i === end) return true
  }
  return isUtf8(bytes.subarray(at, end))
}
