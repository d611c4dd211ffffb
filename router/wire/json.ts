import { isUtf8 } from 'node:buffer'
import { comesAgain } from './comes-again.ts'
import { Elements } from './elements.ts'
import { violation } from './errors.ts'
import { formatHead, payloadOf } from './format.ts'
import { bare, type FrameHead } from './frame-head.ts'
import { OwnFrame, type FrameSpace } from './frame-space.ts'
import { found } from './found.ts'
import { maxId } from './id.ts'
import { copyHead } from './head-bytes.ts'
import { writeJsonHead, writeJsonNumbers } from './json-head.ts'
import { readJson } from './json-reader.ts'
import { scanJson } from './json-scan.ts'
import { jsonOf, writeJson } from './json-writer.ts'
import { KnownDicts } from './known-dicts.ts'
import { KnownStrings } from './known-strings.ts'
import { emptyDict, INVOCATION, type Dict, type Message } from './message.ts'
import { countHead, newHead, parseMessage } from './parse.ts'
import { Payload, type PayloadValues } from './payload.ts'
import type { Serializer } from './serializer.ts'

const elements = new Elements()
const own = new OwnFrame()
const headValues: unknown[] = newHead()
const dicts = new KnownDicts()
const strings = new KnownStrings()
const nothing = new Uint8Array(0)

/**
 * WAMP over JSON (rfc/text/basic/building_blocks.md, Serializers).
 *
 * What a payload becomes on its way from or to another serializer is said at `readJson` and `writeJson`: bytes are
 * strings of U+0000 and base64, integers keep every digit that 64 bits have, timestamps become ISO strings, NaN and
 * Infinity null.
 */
export const json: Serializer = Object.freeze({
  name: 'json',
  subprotocol: 'wamp.2.json',
  rawSocketId: 1,
  binary: false,

  decode(frame: Buffer, start: number = 0, stop: number = frame.length): Message {
    if (!scanJson(frame, elements, start, stop) && !isUtf8(frame.subarray(start, stop)))
      throw violation('a message is not UTF-8')
    // In each codec, though alike: a call site that sees one function only is faster (measured, 3 % of a call).
    const count = elements.count
    headValues[0] = undefined
    const type = count === 0 ? undefined : readHead(frame, 0)
    const length = countHead(type, count)
    headValues[0] = type
    for (let i = 1; i < length; i++) headValues[i] = readHead(frame, i)
    return parseMessage(
      headValues,
      length,
      count === length ? Payload.empty : slicePayload(frame, length, count),
    )
  },

  encode(message: Message, head: FrameHead = bare): Buffer {
    json.encodeInto(own, message, head)
    return own.take()
  },

  encodeInto(space: FrameSpace, message: Message, head: FrameHead): number {
    if (message.type === INVOCATION && message.constant !== undefined) {
      const { request, registration, constant, payload } = message
      const numbers = writeJsonNumbers(INVOCATION, request, registration)
      return put(space, head, numbers, jsonOf(constant), payload)
    }
    const fields = formatHead(message)
    const payload = payloadOf(message)
    const short = writeJsonHead(fields)
    if (short > 0) return put(space, head, short, nothing, payload)
    return put(space, head, 0, Buffer.from(writeText(fields)), payload)
  },

  encodeTail(values: PayloadValues): Buffer {
    const { args, kwargs } = values
    if (kwargs !== undefined)
      return Buffer.from(`${writeJson(args ?? [], 1)},${writeJson(kwargs, 1)}`)
    return args === undefined ? Buffer.alloc(0) : Buffer.from(writeJson(args, 1))
  },

  decodeTail(tail: Buffer, count: number): PayloadValues {
    if (count === 0) return {}
    const [args, kwargs] = readJson(`[${tail.toString()}]`) as [unknown[], Dict?]
    return kwargs === undefined ? { args } : { args, kwargs }
  },
})

/** Writes a message that begins with so many of the bytes of `copyHead`, and with `written`. */
function put(
  space: FrameSpace,
  head: FrameHead,
  short: number,
  written: Uint8Array,
  payload: Payload,
): number {
  const comma = payload.count > 0 ? 1 : 0
  const start = short + written.length
  const length = start + comma + payload.lengthFor(json) + 1
  const room = head.room(length)
  const at = space.reserve(room + length)
  const frame = space.bytes
  head.write(frame, at, length)
  copyHead(frame, at + room, short)
  if (written.length > 0) frame.set(written, at + room + short)
  if (comma === 1) {
    frame[at + room + start] = 0x2c
    payload.copyTo(frame, at + room + start + 1, json)
  }
  frame[at + room + length - 1] = 0x5d
  return room + length
}

function writeText(head: readonly unknown[]): string {
  let text = '['
  for (let i = 0; i < head.length; i++) {
    if (i > 0) text += ','
    text += writeJson(head[i], 1)
  }
  return text
}

function slicePayload(frame: Buffer, head: number, count: number): Payload {
  if (frame[elements.start(head)] !== 0x5b) {
    throw violation(`Arguments is ${found(readHead(frame, head))}, it must be a list`)
  }
  if (count - head === 2 && frame[elements.start(head + 1)] !== 0x7b) {
    throw violation(`ArgumentsKw is ${found(readHead(frame, head + 1))}, it must be a dict`)
  }
  return Payload.within(json, frame, elements.start(head), elements.stop(count - 1), count - head)
}

/** Reads one element of the head. Only what a head can hold is decoded, whatever the frame makes of it. */
function readHead(frame: Buffer, index: number): unknown {
  const start = elements.start(index)
  const stop = elements.stop(index)
  switch (frame[start]) {
    case 0x22:
      return readString(frame, start, stop)
    case 0x7b:
      return stop - start === 2 ? emptyDict : readDict(frame, start, stop)
    case 0x5b:
      return []
    case 0x74:
      return true
    case 0x66:
      return false
    case 0x6e:
      return null
    default:
      return readNumber(frame, start, stop)
  }
}

function readDict(frame: Buffer, start: number, stop: number): unknown {
  const known = dicts.get(frame, start, stop)
  if (known !== undefined) return known
  const dict = readJson(frame.toString('utf8', start, stop))
  return comesAgain(headValues[0]) ? dicts.keep(frame, start, stop, dict) : dict
}

function readString(frame: Buffer, start: number, stop: number): string {
  const known = strings.get(frame, start + 1, stop - 1)
  if (known !== undefined) return known
  const text = decodeString(frame, start, stop)
  return comesAgain(headValues[0]) ? strings.keep(frame, start + 1, stop - 1, text) : text
}

function decodeString(frame: Buffer, start: number, stop: number): string {
  for (let i = start + 1; i < stop - 1; i++) {
    if (frame[i] === 0x5c) return JSON.parse(frame.toString('utf8', start, stop)) as string
  }
  return frame.toString('utf8', start + 1, stop - 1)
}

function readNumber(frame: Buffer, start: number, stop: number): number | bigint {
  if (stop - start <= 15) {
    let value = 0
    let i = start
    for (; i < stop; i++) {
      const digit = (frame[i] ?? 0) - 0x30
      if (digit < 0 || digit > 9) break
      value = value * 10 + digit
    }
    if (i === stop) return value
  }
  const text = frame.toString('latin1', start, stop)
  const value = Number(text)
  // 2^53 + 1 would be read as 2^53, which is an id. No head takes a bigint.
  if (value !== maxId || text === String(maxId)) return value
  return /^\d+$/.test(text) ? BigInt(text) : maxId + 2
}
