import type { Writable } from 'node:stream'
import * as ws from 'ws'

interface ReceiverOptions {
  readonly isServer: boolean
  readonly maxPayload: number
  readonly skipUTF8Validation: boolean
}

/** The receiver of `ws`, which its types leave out. */
const Receiver: new (options: ReceiverOptions) => Writable = (
  ws as unknown as { Receiver: new (options: ReceiverOptions) => Writable }
).Receiver

/** Where the frames of a connection go that are odd. */
export interface OddFramesSink {
  message(data: Buffer, isBinary: boolean): void
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

  constructor(sink: OddFramesSink) {
    // Bounded by us, and the JSON codec looks at every byte anyway: either is answered with ABORT.
    const receiver = new Receiver({ isServer: true, maxPayload: 0, skipUTF8Validation: true })
    receiver.on('message', (data: Buffer, isBinary: boolean) => sink.message(data, isBinary))
    receiver.on('ping', (content: Buffer) => sink.control(9, content))
    receiver.on('pong', (content: Buffer) => sink.control(10, content))
    receiver.on('conclude', (code: number, reason: Buffer) => {
      const content = Buffer.allocUnsafe(code === noStatus ? 0 : 2 + reason.length)
      if (code !== noStatus) {
        content.writeUInt16BE(code)
        content.set(reason, 2)
      }
      sink.control(8, content)
    })
    receiver.on('error', (error: Error) => sink.forbidden(error.message))
    this.#receiver = receiver
  }

  take(bytes: Buffer): void {
    this.#receiver.write(bytes)
  }
}

/** What stands for a close frame without a code (RFC 6455, 7.4.1). */
const noStatus = 1005
