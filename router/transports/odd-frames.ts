import type { Writable } from 'node:stream'
import * as ws from 'ws'
import { opcodes } from '../wire/opcodes.ts'

interface ReceiverOptions {
  readonly isServer: boolean
  readonly maxPayload: number
  readonly skipUTF8Validation: boolean
  readonly maxFragments: number
}

/** The receiver of `ws`, which its types leave out. */
const Receiver: new (options: ReceiverOptions) => Writable = (
  ws as unknown as { Receiver: new (options: ReceiverOptions) => Writable }
).Receiver

/**
 * So many pieces of a frame are kept before they are joined. Given octet by octet, a frame of 100,000 kept `ws`, and all
 * who wait for it, busy for 16 seconds: it takes the square of how many there are.
 */
const mostPieces = 256
/** In how many fragments a message may come: as many as a server of `ws` takes. */
const mostFragments = 16 * 1024

/** Where the frames of a connection go that are odd. */
export interface OddFramesSink {
  message(isBinary: boolean, bytes: Buffer): void
  control(opcode: number, content: Buffer): void
  /** What comes is forbidden, and nothing more is read. */
  forbidden(message: string): void
}

/**
 * Reads what is not one whole frame for one whole message: fragments, frames that come in pieces, and what is
 * forbidden. By the receiver of `ws`, which is made when the first of them comes: most connections never have one.
 */
export class OddFrames {
  readonly #receiver: Writable
  /** What there is of a frame that is not here whole. */
  #pieces: Buffer[] = []

  constructor(sink: OddFramesSink) {
    const receiver = new Receiver({
      isServer: true,
      // Bounded by us, and the JSON codec looks at every byte anyway: either is answered with ABORT.
      maxPayload: 0,
      skipUTF8Validation: true,
      // Empty ones have no length that could be bounded.
      maxFragments: mostFragments,
    })
    receiver.on('message', (data: Buffer, isBinary: boolean) => sink.message(isBinary, data))
    receiver.on('ping', (content: Buffer) => sink.control(opcodes.ping, content))
    receiver.on('pong', (content: Buffer) => sink.control(opcodes.pong, content))
    receiver.on('conclude', (code: number, reason: Buffer) => {
      const content = Buffer.allocUnsafe(code === noStatus ? 0 : 2 + reason.length)
      if (code !== noStatus) {
        content.writeUInt16BE(code)
        content.set(reason, 2)
      }
      sink.control(opcodes.close, content)
    })
    receiver.on('error', (error: Error) => sink.forbidden(error.message))
    this.#receiver = receiver
  }

  /** @param isEnd whether a frame ends with these bytes, or nothing is to follow */
  take(bytes: Buffer, isEnd: boolean): void {
    const pieces = this.#pieces
    pieces.push(bytes)
    if (!isEnd && pieces.length < mostPieces) return
    this.#pieces = []
    this.#receiver.write(together(pieces))
  }
}

/**
 * As one piece, in memory of its own: `ws` keeps fragments until their message is whole, and each would keep all that
 * came in with it (187 MiB for 3,000 of one octet).
 */
function together(pieces: readonly Buffer[]): Buffer {
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0)
  const [first] = pieces
  if (pieces.length === 1 && first !== undefined && 2 * length > first.buffer.byteLength)
    return first
  const bytes = Buffer.allocUnsafeSlow(length)
  let at = 0
  for (const piece of pieces) {
    bytes.set(piece, at)
    at += piece.length
  }
  return bytes
}

/** What stands for a close frame without a code (RFC 6455, 7.4.1). */
const noStatus = 1005
