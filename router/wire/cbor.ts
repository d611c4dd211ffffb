import { writeBinaryHead, writeBinaryNumbers, type BinaryMarks } from './binary-head.ts'
import { readTail, writeTail } from './binary-tail.ts'
import { CborReader } from './cbor-reader.ts'
import { scanCbor } from './cbor-scan.ts'
import { cborOf, CborWriter } from './cbor-writer.ts'
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
  list: 0x80,
  emptyDict: 0xa0,
  small: 24,
  unsigned8: 0x18,
  unsigned16: 0x19,
  unsigned32: 0x1a,
  unsigned64: 0x1b,
}

/** Major types (RFC 8949, 3.1). */
const list = 4
const dict = 5
const heads = new CborWriter()

/**
 * WAMP over CBOR (rfc/text/basic/building_blocks.md, Serializers).
 *
 * What a payload becomes on its way from or to another serializer is said at `CborReader` and `CborWriter`: integers
 * beyond 2^53 are bigints, times Dates, and tags that are not known stay only among peers with CBOR. A dict whose keys
 * are not all strings is refused in every place.
 */
export const cbor: Serializer = Object.freeze({
  name: 'cbor',
  subprotocol: 'wamp.2.cbor',
  rawSocketId: 3,
  binary: true,

  decode(frame: Buffer, start: number = 0, stop: number = frame.length): Message {
    scanCbor(frame, elements, start, stop)
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
    cbor.encodeInto(own, message, head)
    return own.take()
  },

  encodeInto(space: FrameSpace, message: Message, head: FrameHead): number {
    if (message.type === INVOCATION && message.constant !== undefined) {
      const { request, registration, constant, payload } = message
      const count = 4 + payload.count
      const numbers = writeBinaryNumbers(count, INVOCATION, request, registration, marks)
      return put(space, head, numbers, cborOf(constant), payload)
    }
    const fields = formatHead(message)
    const payload = payloadOf(message)
    const short = writeBinaryHead(fields, fields.length + payload.count, marks)
    if (short > 0) return put(space, head, short, nothing, payload)
    return put(space, head, 0, writeFields(fields, payload.count), payload)
  },

  encodeTail(values: PayloadValues): Buffer {
    return writeTail(new CborWriter(), values)
  },

  decodeTail(tail: Buffer, count: number): PayloadValues {
    return count === 0 ? {} : readTail(new CborReader(tail, 0), count)
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
  const length = start + payload.lengthFor(cbor)
  const room = head.room(length)
  const at = space.reserve(room + length)
  const frame = space.bytes
  head.write(frame, at, length)
  copyHead(frame, at + room, short)
  if (written.length > 0) frame.set(written, at + room + short)
  payload.copyTo(frame, at + room + start, cbor)
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
  if (majorOf(frame, head) !== list) {
    throw violation(`Arguments is ${found(readHead(frame, head))}, it must be a list`)
  }
  if (count - head === 2 && majorOf(frame, head + 1) !== dict) {
    throw violation(`ArgumentsKw is ${found(readHead(frame, head + 1))}, it must be a dict`)
  }
  return Payload.within(cbor, frame, elements.start(head), elements.stop(count - 1), count - head)
}

/** Reads one element of the head. Only what a head can hold is decoded, whatever the frame makes of it. */
function readHead(frame: Buffer, index: number): unknown {
  const start = elements.start(index)
  const first = frame[start] ?? 0
  if (first < 24) return first
  if (first === 0xa0) return emptyDict
  if (first >= 0x60 && first < 0x78) {
    const stop = elements.stop(index)
    const known = strings.get(frame, start + 1, stop)
    if (known !== undefined) return known
    const text = frame.toString('utf8', start + 1, stop)
    return comesAgain(headValues[0]) ? strings.keep(frame, start + 1, stop, text) : text
  }
  if (first >> 5 === list) return []
  if (first >> 5 !== dict) return new CborReader(frame, start).value()
  const stop = elements.stop(index)
  const known = dicts.get(frame, start, stop)
  if (known !== undefined) return known
  const options = new CborReader(frame, start).value()
  return comesAgain(headValues[0]) ? dicts.keep(frame, start, stop, options) : options
}

function majorOf(frame: Buffer, index: number): number {
  return (frame[elements.start(index)] ?? 0) >> 5
}
