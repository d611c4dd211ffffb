import type { PeerFacts } from './access.ts'
import type { FrameHead } from './wire/frame-head.ts'
import type { FrameSpace } from './wire/frame-space.ts'
import type { Serializer } from './wire/serializer.ts'

/** Why a transport is closed. Goes to the log, and where the transport has a place for it to the peer. */
export type CloseReason =
  /** The session ended in an orderly way. */
  | 'goodbye'
  /** ABORT was sent. */
  | 'aborted'
  /** The peer did not join, or did not answer GOODBYE, in time. */
  | 'timeout'
  /** The peer did not answer pings, or took nothing of what waits for it for as long. */
  | 'dead'
  /** More bytes are waiting for the peer than the bound allows: it does not read. */
  | 'slow_consumer'
  /** The proof of identity ended; sign in again. */
  | 'expired'
  /** The same device joined anew. */
  | 'replaced'
  /** The router stops. */
  | 'shutdown'
  /** Too many connections, or too many before authentication from one address. */
  | 'overload'

/** Where frames lie that are on their way out. */
export interface OutgoingSpace extends FrameSpace {
  /** The frame that was written to what was reserved last, of `length` bytes, is to be sent. */
  commit(length: number): void
}

/** One connection, whatever carries it. A new transport is one file that makes these. */
export interface Transport {
  readonly serializer: Serializer
  /** Name of what was negotiated, for instance `wamp.2.json.batched`. Absent: that of the serializer. */
  readonly subprotocol?: string
  /** What it wants before each message. Absent: nothing. */
  readonly head?: FrameHead
  readonly peer: PeerFacts
  /** Bytes accepted by `send` that the peer has not taken yet. */
  readonly pendingBytes: number
  /**
   * The longest frame that the peer takes, in bytes and with its head (RawSocket's LENGTH); Infinity where it has no
   * such bound.
   */
  readonly maxFrameBytes: number
  /**
   * Hands over a frame that was made with `head`, and may be another receiver's too. Written with all other frames of
   * the tick (see outbox.ts). Ignored after `close`.
   */
  send(frame: Buffer): void
  /**
   * Where a frame is put together that is for this peer alone: it is sent when it is committed, among those of `send` in
   * their order. Absent where frames are wanted one by one, and after `close`.
   */
  readonly outgoing?: OutgoingSpace | undefined
  /** Stops reading from the peer until `resume`. */
  pause(): void
  resume(): void
  /** Writes what is waiting, then closes. Later calls do nothing. */
  close(reason: CloseReason): void
}

/** What the engine gives a transport in return for being attached. */
export interface TransportSink {
  /** The longest message that may come in now, in bytes, without any head: before the join less than later. */
  readonly maxMessageBytes: number
  /**
   * One whole frame came in: `bytes`, or the part of them from `start` to `stop`, which nobody changes any more. No view
   * is made of it: 1.11 of the calls.
   */
  receive(bytes: Buffer, start?: number, stop?: number): void
  /**
   * A message of so many bytes is coming in, or more, which is longer than `maxMessageBytes`: nobody should keep what
   * there is of it. The session is aborted with `wamp.error.protocol_violation`.
   */
  tooLong(bytes: number): void
  /** Something came in that is no frame at all; the session is aborted with `wamp.error.protocol_violation`. */
  fail(message: string): void
  /** What was waiting for the peer has been taken: `pendingBytes` is small again. */
  drained(): void
  /** The connection is gone. Called once. */
  closed(): void
}

/** A place where connections come in. */
export interface Listener {
  /** For people, for instance `ws://127.0.0.1:8080/ws`. */
  readonly address: string
  /** Stops accepting. Connections that stand are not touched. */
  close(): Promise<void>
}
