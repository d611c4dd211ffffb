import { opcodes } from '../wire/opcodes.ts'
import { unmask } from './unmask.ts'

const { continuation, binary, close, pong } = opcodes
const longestControlBytes = 125
/** With its mask. */
const longestHeadBytes = 14

/** Where a reader hands on what it found. */
export interface WebSocketReaderSink {
  /** The longest message that may come in now, in bytes. */
  readonly maxMessageBytes: number
  /** `false`: nothing more is wanted now; what has come waits until `take`. */
  readonly listens: boolean
  /**
   * A whole message that came as one frame, unmasked: the part of `bytes` from `start` to `stop`. Its length has not been
   * looked at.
   */
  message(isBinary: boolean, bytes: Buffer, start: number, stop: number): void
  /** A whole control frame, unmasked: close, ping or pong. After a close frame nothing more is taken. */
  control(opcode: number, content: Buffer): void
  /** Bytes of whatever else there is, in order. `isEnd`: a frame ends with them, or nothing more is taken. */
  other(bytes: Buffer, isEnd: boolean): void
  /** A message of so many bytes is coming in, or more: it is too long, and nothing more is read. */
  tooLong(bytes: number): void
}

/**
 * Takes whole messages out of what a socket brings. What WebSocket clients mostly send is one masked frame after the
 * other, whole in one read: those are unmasked in place and handed on without a queue, a copy or an event, in a quarter
 * of the time that the receiver of `ws` takes (docs/PERFORMANCE.md), and so are control frames. Everything else, which is
 * fragments, frames that come in pieces and what is forbidden, goes to `ws` untouched.
 */
export class WebSocketReader {
  readonly #sink: WebSocketReaderSink
  /** What has not been looked at yet: the beginning of a frame's head, or all there is while nobody listens. */
  #rest: Buffer | undefined
  /** How much is to come of a frame that `ws` is given. */
  #otherBytes = 0
  /** Whether that is the last frame there is. */
  #isLast = false
  /** Whether a message is under way of which fragments are to come, and how long it is so far. */
  #inFragments = false
  #messageBytes = 0
  #ended = false
  #taking = false

  constructor(sink: WebSocketReaderSink) {
    this.#sink = sink
  }

  /** What one read of the socket brought. */
  receive(chunk: Buffer): void {
    if (this.#ended) return
    this.#rest = this.#rest === undefined ? chunk : Buffer.concat([this.#rest, chunk])
    this.take()
  }

  /** Whatever comes from now on is of no interest. */
  end(): void {
    this.#ended = true
    this.#rest = undefined
  }

  /** Goes on where it was stopped. */
  take(): void {
    // Who is given a message may begin to listen again meanwhile.
    if (this.#taking) return
    this.#taking = true
    try {
      this.#takeAll()
    } finally {
      this.#taking = false
    }
  }

  #takeAll(): void {
    const bytes = this.#rest
    if (bytes === undefined) return
    this.#rest = undefined
    let at = 0
    while (at < bytes.length && this.#sink.listens && !this.#ended) {
      const next = this.#otherBytes > 0 ? this.#giveOther(bytes, at) : this.#frame(bytes, at)
      if (next === at) break
      at = next
    }
    if (at < bytes.length && !this.#ended) this.#rest = at === 0 ? bytes : restOf(bytes, at)
  }

  /** Takes the frame that begins at `at`. Returns where the next one does; `at` itself: its head is not here whole. */
  #frame(bytes: Buffer, at: number): number {
    if (bytes.length - at < 2) return at
    const first = bytes[at] ?? 0
    const second = bytes[at + 1] ?? 0
    const short = second & 0x7f
    const isMasked = second >= 0x80
    let content = at + (short < 126 ? 2 : short === 126 ? 4 : 10)
    const mask = content
    if (isMasked) content += 4
    if (bytes.length < content) return at
    const length =
      short < 126
        ? short
        : short === 126
          ? bytes.readUInt16BE(at + 2)
          : bytes.readUInt32BE(at + 2) * 2 ** 32 + bytes.readUInt32BE(at + 6)
    const stop = content + length
    // The whole of a message, no extension: text or binary.
    const isWhole = first === 0x81 || first === 0x82
    if (isWhole && isMasked && stop <= bytes.length && !this.#inFragments) {
      unmask(bytes, mask, content, stop)
      this.#sink.message(first === 0x82, bytes, content, stop)
      return stop
    }
    const isControl = first >= 0x80 + close && first <= 0x80 + pong && length <= longestControlBytes
    if (isControl && isMasked && stop <= bytes.length) {
      unmask(bytes, mask, content, stop)
      if (first === 0x80 + close) this.end()
      this.#sink.control(first & 0x0f, bytes.subarray(content, stop))
      return stop
    }
    if (!isMasked || this.#isForbidden(first, length)) {
      // It says why, but not at once: what is behind must not be taken meanwhile.
      this.end()
      this.#sink.other(bytes.subarray(at), true)
      return stop
    }
    this.#account(first, length)
    if (this.#ended) return stop
    this.#isLast = (first & 0x0f) === close
    this.#otherBytes = stop - at
    return this.#giveOther(bytes, at)
  }

  #isForbidden(first: number, length: number): boolean {
    const opcode = first & 0x0f
    // No extension is negotiated.
    if ((first & 0x70) !== 0) return true
    if (opcode >= close) return opcode > pong || first < 0x80 || length > longestControlBytes
    return opcode > binary || this.#inFragments !== (opcode === continuation)
  }

  /** What is too long is refused by what its frames announce, before it takes memory. */
  #account(first: number, length: number): void {
    const opcode = first & 0x0f
    // A control frame may come in the middle of a message, and is no part of it.
    if (opcode > binary) return
    this.#messageBytes = opcode === continuation ? this.#messageBytes + length : length
    this.#inFragments = first < 0x80
    if (this.#messageBytes <= this.#sink.maxMessageBytes) return
    this.end()
    this.#sink.tooLong(this.#messageBytes)
  }

  #giveOther(bytes: Buffer, at: number): number {
    const stop = Math.min(at + this.#otherBytes, bytes.length)
    this.#otherBytes -= stop - at
    this.#sink.other(bytes.subarray(at, stop), this.#otherBytes === 0)
    // Nothing that comes after a close frame counts (RFC 6455, 5.5.1).
    if (this.#isLast && this.#otherBytes === 0) this.end()
    return stop
  }
}

/** What is but the beginning of a head does not keep all that came before it in memory. */
function restOf(bytes: Buffer, at: number): Buffer {
  const rest = bytes.subarray(at)
  return rest.length < longestHeadBytes ? Buffer.from(rest) : rest
}
