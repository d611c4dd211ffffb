import type { PeerFacts } from './access.ts'
import type { Transport } from './transport.ts'
import { bare, withHead } from './wire/frame-head.ts'
import type { Serializer } from './wire/serializer.ts'

/**
 * Stands in for the transport of a session whose client may come back, and keeps what is sent meanwhile, in order and
 * within a bound. Everything is too long for it as a transport: what it keeps is decided by `keep`.
 */
export class DetachedTransport implements Transport {
  /** Of the transport that was lost; what is kept is written by it. */
  readonly serializer: Serializer
  readonly subprotocol: string
  readonly peer: PeerFacts
  readonly pendingBytes = 0
  readonly maxFrameBytes = 0
  readonly #maxBytes: number
  #frames: Buffer[] = []
  #bytes = 0

  constructor({ serializer, subprotocol, peer }: Transport, maxBytes: number) {
    this.serializer = serializer
    this.subprotocol = subprotocol ?? serializer.subprotocol
    this.peer = peer
    this.#maxBytes = maxBytes
  }

  /** `false`: there is no room. A quarter is left for answers: events are not to push them out. */
  keep(frame: Buffer, isEvent: boolean): boolean {
    const most = isEvent ? this.#maxBytes * 0.75 : this.#maxBytes
    if (this.#bytes + frame.length > most) return false
    this.#frames.push(frame)
    this.#bytes += frame.length
    return true
  }

  /** What was kept, as frames of another transport. */
  framesFor({ serializer, head = bare }: Pick<Transport, 'serializer' | 'head'>): Buffer[] {
    if (serializer === this.serializer) return this.#frames.map((frame) => withHead(frame, head))
    return this.#frames.map((frame) => serializer.encode(this.serializer.decode(frame), head))
  }

  send(): void {
    // Nobody is there.
  }

  pause(): void {
    // Nothing comes in.
  }

  resume(): void {
    // Nothing comes in.
  }

  close(): void {
    this.#frames = []
    this.#bytes = 0
  }
}
