import type { Socket } from 'node:net'
import type { Flushable, Outbox } from '../outbox.ts'

/** Bytes of one tick from which on they are written before its end, so that a burst does not pile up. */
const earlyFlushBytes = 64 * 1024

/**
 * Gathers what is written to one socket in a tick. Corked at the first write, uncorked once by the outbox:
 * one system call for however many frames.
 */
export class SocketWriter implements Flushable {
  readonly #socket: Socket
  readonly #outbox: Outbox
  #corked = false
  #gatheredBytes = 0

  constructor(socket: Socket, outbox: Outbox) {
    this.#socket = socket
    this.#outbox = outbox
  }

  /** To be called before each write of `bytes`. */
  gather(bytes: number): void {
    if (!this.#corked) {
      this.#corked = true
      this.#socket.cork()
      this.#outbox.touch(this)
    } else if (this.#gatheredBytes > earlyFlushBytes) {
      this.#socket.uncork()
      this.#socket.cork()
      this.#gatheredBytes = 0
    }
    this.#gatheredBytes += bytes
  }

  flush(): void {
    this.#corked = false
    this.#gatheredBytes = 0
    this.#socket.uncork()
  }
}
