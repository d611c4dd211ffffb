import type { FrameHead } from './frame-head.ts'
import type { FrameSpace } from './frame-space.ts'
import type { Message } from './message.ts'
import type { PayloadValues } from './payload.ts'

/**
 * Turns frames into messages and back. One object serves all sessions: what a codec has at module level, scratch space
 * and what heads bring again and again, never shows in what it reads or writes, and for each session it would cost more
 * than the session. A frame that comes in is one whole message without any transport framing.
 */
export interface Serializer {
  readonly name: 'json' | 'msgpack' | 'cbor'
  /** WebSocket subprotocol, for instance `wamp.2.json`. */
  readonly subprotocol: string
  /** The SERIALIZER nibble of the RawSocket handshake. */
  readonly rawSocketId: number
  /** Whether frames travel in binary WebSocket messages (else text). */
  readonly binary: boolean
  /**
   * Reads one frame, which is all of `bytes` or the part from `start` to `stop`. Only the head is decoded; Arguments and
   * ArgumentsKw stay bytes behind `Payload`, proven well-formed (the whole frame, nesting up to 64), as an ill-formed
   * tail must never be forwarded.
   * @throws WampError `wamp.error.protocol_violation` on anything that is not one valid WAMP message
   */
  decode(bytes: Buffer, start?: number, stop?: number): Message
  /**
   * Writes one frame, behind what its transport wants before it (nothing, where that is left out). The payload's bytes
   * are spliced in untouched where they are of this serializer.
   */
  encode(message: Message, head?: FrameHead): Buffer
  /** The same into a place that a transport gives. Returns how long the frame is. */
  encodeInto(space: FrameSpace, message: Message, head: FrameHead): number
  /** Writes Arguments and ArgumentsKw as the tail of a frame (see `Payload.bytes`). */
  encodeTail(values: PayloadValues): Buffer
  /** Reads a tail back. `count` is the number of elements in it (0, 1 or 2). */
  decodeTail(tail: Buffer, count: number): PayloadValues
}
