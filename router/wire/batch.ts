import { violation } from './errors.ts'
import type { Serializer } from './serializer.ts'

/** How messages lie in what a transport carries at once: a WebSocket message, or the body of a request. */
export interface Framing {
  /** Whether more than one message may lie there. */
  readonly batched: boolean
  /** Bytes that one message takes besides itself, at most. */
  readonly overheadBytes: number
  /** Puts messages together: one, where they are not batched, else one or more. */
  join(frames: readonly Buffer[]): Buffer
  /**
   * Takes them apart, one at a time. What holds them is looked through before the first: it is taken whole or not.
   * @throws WampError `wamp.error.protocol_violation`
   */
  split(batch: Buffer): Iterable<Buffer>
}

/** Each message by itself. */
export const single: Framing = Object.freeze({
  batched: false,
  overheadBytes: 0,
  join: ([frame = Buffer.alloc(0)]: readonly Buffer[]) => frame,
  split: (batch: Buffer) => [batch],
})

const recordSeparator = 0x1e
/** What clients send that took the specification's `\30` (0x1e in decimal) for octal. */
const octalSeparator = 0x18

/** JSON: 0x1e after each message (rfc/text/advanced/transport_batched_websocket.md). 0x18 is read as well. */
const separated: Framing = Object.freeze({
  batched: true,
  overheadBytes: 1,

  join(frames: readonly Buffer[]): Buffer {
    const batch = Buffer.allocUnsafe(bytesOf(frames) + frames.length)
    let at = 0
    for (const frame of frames) {
      batch.set(frame, at)
      at += frame.length
      batch[at++] = recordSeparator
    }
    return batch
  },

  split(batch: Buffer): Iterable<Buffer> {
    if (batch.length === 0) throw emptyBatch()
    // Neither may be in JSON, so the last octet tells by which of them this client separates.
    const separator = batch[batch.length - 1] ?? 0
    if (separator !== recordSeparator && separator !== octalSeparator) {
      throw violation('a batch of JSON messages must end with 0x1e')
    }
    return separatedMessages(batch, separator)
  },
})

/** MessagePack and CBOR: the length of each message before it, in four octets, the highest first. */
const prefixed: Framing = Object.freeze({
  batched: true,
  overheadBytes: 4,

  join(frames: readonly Buffer[]): Buffer {
    const batch = Buffer.allocUnsafe(bytesOf(frames) + 4 * frames.length)
    let at = 0
    for (const frame of frames) {
      at = batch.writeUInt32BE(frame.length, at)
      batch.set(frame, at)
      at += frame.length
    }
    return batch
  },

  split(batch: Buffer): Iterable<Buffer> {
    if (batch.length === 0) throw emptyBatch()
    let at = 0
    while (at < batch.length) {
      const left = batch.length - at - 4
      if (left < 0) throw violation(`a batch ends in the middle of a length, at byte ${at}`)
      const length = batch.readUInt32BE(at)
      if (length > left) {
        throw violation(`a batch announces ${length} bytes at byte ${at}, but only ${left} follow`)
      }
      at += 4 + length
    }
    return prefixedMessages(batch)
  },
})

/** The framing of a serializer's batched subprotocol. */
export function batchFraming(serializer: Serializer): Framing {
  return serializer.binary ? prefixed : separated
}

// Made one at a time: a batch of many thousand tiny messages costs no more memory than the one that is looked at.
function* separatedMessages(batch: Buffer, separator: number): Generator<Buffer> {
  for (let at = 0; at < batch.length;) {
    const end = batch.indexOf(separator, at)
    yield batch.subarray(at, end)
    at = end + 1
  }
}

function* prefixedMessages(batch: Buffer): Generator<Buffer> {
  for (let at = 0; at < batch.length;) {
    const end = at + 4 + batch.readUInt32BE(at)
    yield batch.subarray(at + 4, end)
    at = end
  }
}

function bytesOf(frames: readonly Buffer[]): number {
  let bytes = 0
  for (const frame of frames) bytes += frame.length
  return bytes
}

function emptyBatch(): Error {
  return violation('a batch has no message')
}
