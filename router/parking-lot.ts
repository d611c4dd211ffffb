import type { Clock } from '../clock.ts'
import type { TokenBucket } from './token-bucket.ts'
import { keptMessage } from './wire/kept-message.ts'
import type { Message } from './wire/message.ts'

/** What is not read from for a while. */
export interface Pausable {
  pause(): void
  resume(): void
}

/** What a parking lot needs besides the messages. */
export interface ParkingOptions {
  readonly clock: Clock
  /** Messages kept behind one that waits for a decision before the source is paused. */
  readonly max: number
  readonly tokens: TokenBucket
}

/** A message waits for a decision. */
const deciding = 1
/** The session does not read its own answers. */
const held = 2
/** It sent more messages than it may. */
const throttled = 4

/**
 * Lets a session's messages through one by one, in order, and keeps them while there is a reason to wait. While one
 * waits for a decision the session is read from until the queue is full; for any other reason it is not read from.
 */
export class ParkingLot {
  readonly #source: Pausable
  readonly #options: ParkingOptions
  readonly #route: (message: Message) => void | Promise<void>
  /** Why nothing goes through now, as bits. */
  #reasons = 0
  #paused = false
  #queue: Message[] = []
  #endThrottle: (() => void) | undefined

  /** `route` never throws; a promise of its never rejects. */
  constructor(
    source: Pausable,
    options: ParkingOptions,
    route: (message: Message) => void | Promise<void>,
  ) {
    this.#source = source
    this.#options = options
    this.#route = route
  }

  /** How many messages are kept. */
  get size(): number {
    return this.#queue.length
  }

  /** Routes the message, or keeps it until those before it are routed. */
  receive(message: Message): void {
    if (this.#reasons === 0 && this.#options.tokens.take()) return this.#pass(message)
    this.#queue.push(keptMessage(message))
    if (this.#reasons === 0) this.#throttle()
    else this.#adjust()
  }

  #pass(message: Message): void {
    const wait = this.#route(message)
    if (wait === undefined) return
    this.#reasons |= deciding
    void wait.then(() => this.#end(deciding))
  }

  /** Not to be read from until `release`. Returns whether it was until now. */
  hold(): boolean {
    if ((this.#reasons & held) !== 0) return false
    this.#reasons |= held
    this.#adjust()
    return true
  }

  release(): void {
    if ((this.#reasons & held) !== 0) this.#end(held)
  }

  #throttle(): void {
    const { clock, tokens } = this.#options
    this.#reasons |= throttled
    this.#endThrottle = clock.after(tokens.refillMs, () => this.#end(throttled))
    this.#adjust()
  }

  #end(reason: number): void {
    this.#reasons &= ~reason
    while (this.#reasons === 0 && this.#queue.length > 0) {
      if (!this.#options.tokens.take()) return this.#throttle()
      const next = this.#queue.shift()
      if (next !== undefined) this.#pass(next)
    }
    this.#adjust()
  }

  /** The source is another one, which is read from. */
  moved(): void {
    if (this.#paused) this.#source.pause()
  }

  /** Nothing more is to be routed. */
  clear(): void {
    this.#endThrottle?.()
    this.#queue = []
    this.#reasons = 0
    this.#adjust()
  }

  #adjust(): void {
    const { max } = this.#options
    const paused = (this.#reasons & (held | throttled)) !== 0 || this.#queue.length >= max
    if (paused === this.#paused) return
    this.#paused = paused
    if (paused) this.#source.pause()
    else this.#source.resume()
  }
}
