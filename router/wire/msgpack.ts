import { writeBinaryHead, writeBinaryNumbers, type BinaryMarks } from './binary-head.ts'
import { readTail, writeTail } from './binary-tail.ts'
import { comesAgain } from './comes-again.ts'
import { Elements } from './elements.ts'
import { violation } from './errors.ts'
import { formatHead, payloadOf } from './format.ts'
import { copyHead } from './head-bytes.ts'
import { bare, type FrameHead } from './frame-head.ts'
import { OwnFrame, type FrameSpace } from './frame-space.ts'
import { found } from './found.ts'
import { KnownDicts } from './known-dicts.ts'
import { KnownStrings } from './known-strings.ts'
import { emptyDict, INVOCATION, type Message } from './message.ts'
import { MsgpackReader } from './msgpack-reader.ts'
import { scanMsgpack } from './msgpack-scan.ts'
import { msgpackOf, MsgpackWriter } from './msgpack-writer.ts'
import { countHead, newHead, parseMessage } from './parse.ts'
import { Payload, type PayloadValues } from './payload.ts'
import type { Serializer } from './serializer.ts'

const elements = new Elements()
const own = new OwnFrame()
const headValues: unknown[] = newHead()
const dicts = new KnownDicts()
const strings = new KnownStrings()
const nothing = new Uint8Array(0)
const marks: BinaryMarks = {
  list: 0x90,
  emptyDict: 0x80,
  small: 0x80,
  unsigned8: 0xcc,
  unsigned16: 0xcd,
  unsigned32: 0xce,
  unsigned64: 0xcf,
}
const heads = new MsgpackWriter()

/**
 * WAMP over MessagePack (rfc/text/basic/building_blocks.md, Serializers).
 *
 * What a payload becomes on its way from or to another serializer is said at `MsgpackReader` and `MsgpackWriter`:
 * integers beyond 2^53 are bigints, extensions stay what they are among peers with MessagePack and become bytes
 * elsewhere. A dict whose keys are not all strings is refused in every place.
 */
export const msgpack: Serializer = Object.freeze({
  name: 'msgpack',
  subprotocol: 'wamp.2.msgpack',
  rawSocketId: 2,
  binary: true,

  decode(frame: Buffer, start: number = 0, stop: number = frame.length): Message {
    scanMsgpack(frame, elements, start, stop)
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
    msgpack.encodeInto(own, message, head)
    return own.take()
  },

  encodeInto(space: FrameSpace, message: Message, head: FrameHead): number {
    if (message.type === INVOCATION && message.constant !== undefined) {
      const { request, registration, constant, payload } = message
      const count = 4 + payload.count
      const numbers = writeBinaryNumbers(count, INVOCATION, request, registration, marks)
      return put(space, head, numbers, msgpackOf(constant), payload)
    }
    const fields = formatHead(message)
    const payload = payloadOf(message)
    const short = writeBinaryHead(fields, fields.length + payload.count, marks)
    if (short > 0) return put(space, head, short, nothing, payload)
    return put(space, head, 0, writeFields(fields, payload.count), payload)
  },

  encodeTail(values: PayloadValues): Buffer {
    return writeTail(new MsgpackWriter(), values)
  },

  decodeTail(tail: Buffer, count: number): PayloadValues {
    return count === 0 ? {} : readTail(new MsgpackReader(tail, 0), count)
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
  const start = short + written.length
  const length = start + payload.lengthFor(msgpack)
  const room = head.room(length)
  const at = space.reserve(room + length)
  const frame = space.bytes
  head.write(frame, at, length)
  copyHead(frame, at + room, short)
  if (written.length > 0) frame.set(written, at + room + short)
  payload.copyTo(frame, at + room + start, msgpack)
  return room + length
}

/** Gone with the next one. */
function writeFields(fields: readonly unknown[], payloadCount: number): Uint8Array {
  heads.reset()
  heads.list(fields.length + payloadCount)
  for (let i = 0; i < fields.length; i++) heads.value(fields[i], 1)
  return heads.written
}

function slicePayload(frame: Buffer, head: number, count: number): Payload {
  if (!isList(frame[elements.start(head)] ?? 0)) {
    throw violation(`Arguments is ${found(readHead(frame, head))}, it must be a list`)
  }
  if (count - head === 2 && !isDict(frame[elements.start(head + 1)] ?? 0)) {
    throw violation(`ArgumentsKw is ${found(readHead(frame, head + 1))}, it must be a dict`)
  }
  return Payload.within(
    msgpack,
    frame,
    elements.start(head),
    elements.stop(count - 1),
    count - head,
  )
}

/** Reads one element of the head. Only what a head can hold is decoded, whatever the frame makes of it. */
function readHead(frame: Buffer, index: number): unknown {
  const start = elements.start(index)
  const first = frame[start] ?? 0
  if (first < 0x80) return first
  if (first === 0x80) return emptyDict
  if (first >= 0xa0 && first < 0xc0) {
    const stop = elements.stop(index)
    const known = strings.get(frame, start + 1, stop)
    if (known !== undefined) return known
    const text = frame.toString('utf8', start + 1, stop)
    return comesAgain(headValues[0]) ? strings.keep(frame, start + 1, stop, text) : text
  }
  if (isList(first)) return []
  if (!isDict(first)) return new MsgpackReader(frame, start).value()
  const stop = elements.stop(index)
  const known = dicts.get(frame, start, stop)
  if (known !== undefined) return known
  const dict = new MsgpackReader(frame, start).value()
  return comesAgain(headValues[0]) ? dicts.keep(frame, start, stop, dict) : dict
}

function isList(first: number): boolean {
  return (first & 0xf0) === 0x90 || first === 0xdc || first === 0xdd
}

function isDict(first: number): boolean {
  return (first & 0xf0) === 0x80 || first === 0xde || first === 0xdf
}
