import { isUtf8 } from 'node:buffer'
import { maxDepth, maxElements, type Elements } from './elements.ts'
import { violation, type WampError } from './errors.ts'

// For each open list or dict how many values of it are still to come, keys counted too; and whether it is a dict.
// Shared, as a scan is over before the next begins.
const remaining = new Float64Array(maxDepth + 1)
const isDict = new Uint8Array(maxDepth + 1)

/**
 * Walks a whole frame once, proves that it is one MessagePack list that ends with the frame, and notes where its
 * elements lie. Every length is held against the bytes that are left before anything is done with it, so a frame of
 * five bytes cannot announce four thousand million values. Never recurses.
 * @throws WampError `wamp.error.protocol_violation`
 */
export function scanMsgpack(bytes: Buffer, elements: Elements): void {
  elements.clear()
  const end = bytes.length
  const opening = bytes[0]
  let at = 1
  let count: number
  if (opening !== undefined && (opening & 0xf0) === 0x90) count = opening & 0x0f
  else if (opening === 0xdc || opening === 0xdd) {
    const width = opening === 0xdc ? 2 : 4
    count = readLength(bytes, at, width)
    at += width
  } else throw violation('a message must be a MessagePack list')
  if (count > maxElements) throw violation(`a message has more than ${maxElements} elements`)

  let depth = 1
  remaining[1] = count
  isDict[1] = 0
  while (depth > 0) {
    const left = remaining[depth] ?? 0
    if (left === 0) {
      depth--
      if (depth === 1) elements.end(at)
      continue
    }
    remaining[depth] = left - 1
    if (at >= end) throw cutOff(at)
    const first = bytes[at] ?? 0
    if (depth === 1) elements.begin(at)
    else if (depth === 2 && isDict[2] === 1 && (left & 1) === 0 && !isString(first)) {
      elements.markStrangeKey()
    }
    at++

    // How many bytes follow; or for lists and dicts (`values` >= 0) how many values.
    let size = 0
    let values = -1
    let dict = 0
    let text = false
    if (first < 0x80 || first >= 0xe0) size = 0
    else if (first < 0x90) {
      dict = 1
      values = (first & 0x0f) * 2
    } else if (first < 0xa0) values = first & 0x0f
    else if (first < 0xc0) {
      size = first & 0x1f
      text = true
    } else {
      switch (first) {
        case 0xc0: // nil
        case 0xc2: // false
        case 0xc3: // true
          break
        case 0xc4: // bin
        case 0xc5:
        case 0xc6: {
          const width = 1 << (first - 0xc4)
          size = readLength(bytes, at, width)
          at += width
          break
        }
        case 0xc7: // ext
        case 0xc8:
        case 0xc9: {
          const width = 1 << (first - 0xc7)
          size = readLength(bytes, at, width) + 1
          at += width
          break
        }
        case 0xca: // float 32
          size = 4
          break
        case 0xcb: // float 64
          size = 8
          break
        case 0xcc: // uint
        case 0xcd:
        case 0xce:
        case 0xcf:
          size = 1 << (first - 0xcc)
          break
        case 0xd0: // int
        case 0xd1:
        case 0xd2:
        case 0xd3:
          size = 1 << (first - 0xd0)
          break
        case 0xd4: // fixext
        case 0xd5:
        case 0xd6:
        case 0xd7:
        case 0xd8:
          size = (1 << (first - 0xd4)) + 1
          break
        case 0xd9: // str
        case 0xda:
        case 0xdb: {
          const width = 1 << (first - 0xd9)
          size = readLength(bytes, at, width)
          at += width
          text = true
          break
        }
        case 0xdc: // list
        case 0xdd: {
          const width = first === 0xdc ? 2 : 4
          values = readLength(bytes, at, width)
          at += width
          break
        }
        case 0xde: // dict
        case 0xdf: {
          const width = first === 0xde ? 2 : 4
          dict = 1
          values = readLength(bytes, at, width) * 2
          at += width
          break
        }
        default:
          throw violation(`a message is not MessagePack: 0xc1 is not allowed at byte ${at - 1}`)
      }
    }

    if (values >= 0) {
      if (values > end - at) throw cutOff(end)
      if (depth === maxDepth) throw violation(`a message is nested deeper than ${maxDepth}`)
      depth++
      remaining[depth] = values
      isDict[depth] = dict
      continue
    }
    if (size > end - at) throw cutOff(end)
    if (text && !isText(bytes, at, at + size)) {
      throw violation(`a message is not MessagePack: the string at byte ${at} is not UTF-8`)
    }
    at += size
    if (depth === 1) elements.end(at)
  }
  if (at !== end) throw violation(`a message ends at byte ${at}, but its frame has ${end}`)
}

/** Whether a value that begins with this byte is a string. */
export function isString(first: number): boolean {
  return (first & 0xe0) === 0xa0 || (first >= 0xd9 && first <= 0xdb)
}

function isText(bytes: Buffer, at: number, end: number): boolean {
  // Most strings are short and ASCII; for those a call out of JavaScript costs more than the walk.
  if (end - at <= 48) {
    let i = at
    while (i < end && (bytes[i] ?? 0) < 0x80) i++
    if (i === end) return true
  }
  return isUtf8(bytes.subarray(at, end))
}

function readLength(bytes: Buffer, at: number, width: number): number {
  if (at + width > bytes.length) throw cutOff(bytes.length)
  if (width === 1) return bytes[at] ?? 0
  return width === 2 ? bytes.readUInt16BE(at) : bytes.readUInt32BE(at)
}

function cutOff(at: number): WampError {
  return violation(`a message is not whole MessagePack: it ends at byte ${at}`)
}
