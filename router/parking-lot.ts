import type { Limits } from './limits.ts'
import type { Transport } from './transport.ts'
import type { Message } from './wire/message.ts'

/**
 * Keeps a session's messages in order while one of them waits for a decision, in a bounded queue: when it is full,
 * the session is not read from. One reader, several reasons not to read: all must be over before it reads on.
 */
export class ParkingLot {
  readonly #transport: Transport
  readonly #max: number
  readonly #congestedBytes: number
  readonly #route: (message: Message) => void | Promise<void>
  #waiting = false
  #held = false
  #paused = false
  #queue: Message[] = []

  constructor(
    transport: Transport,
    limits: Limits,
    route: (message: Message) => void | Promise<void>,
  ) {
    this.#transport = transport
    this.#max = limits.parked
    this.#congestedBytes = limits.congestedBytes
    this.#route = route
  }

  /** Routes the message, or keeps it until those before it are routed. */
  receive(message: Message): void {
    if (this.#waiting) {
      this.#queue.push(message)
      this.#adjust()
      return
    }
    const wait = this.#route(message)
    if (wait !== undefined) this.#park(wait)
  }

  #park(wait: Promise<void>): void {
    this.#waiting = true
    void wait.then(this.#resume, this.#resume)
  }

  readonly #resume = (): void => {
    this.#waiting = false
    let next: Message | undefined
    while (!this.#waiting && (next = this.#queue.shift()) !== undefined) {
      const wait = this.#route(next)
      if (wait !== undefined) this.#park(wait)
    }
    this.#adjust()
  }

  /** The session does not read its answers: it is not read from until it does. */
  hold(): void {
    this.#held = true
    this.#adjust()
  }

  /** Its answers have been taken. */
  release(): void {
    if (!this.#held || this.#transport.pendingBytes >= this.#congestedBytes) return
    this.#held = false
    this.#adjust()
  }

  /** Nothing more is to be routed. */
  clear(): void {
    this.#queue = []
  }

  #adjust(): void {
    const paused = this.#held || this.#queue.length >= this.#max
    if (paused === this.#paused) return
    this.#paused = paused
    if (paused) this.#transport.pause()
    else this.#transport.resume()
  }
}
