import type { Clock } from '../clock.ts'

/**
 * So many in a second, and as many at once after a quiet second. Reads the clock only when it has run dry:
 * below the rate a message costs one subtraction.
 */
export class TokenBucket {
  readonly #perSecond: number
  readonly #clock: Clock
  #tokens: number
  #filledAt: number

  constructor(perSecond: number, clock: Clock) {
    this.#perSecond = perSecond
    this.#clock = clock
    this.#tokens = perSecond
    this.#filledAt = clock.now()
  }

  /** Takes one token. `false`: there is none. */
  take(): boolean {
    if (this.#tokens < 1) this.#fill()
    if (this.#tokens < 1) return false
    this.#tokens--
    return true
  }

  /** How long until it is worth to go on, in milliseconds: a tenth of a second's tokens, and at least one. */
  get refillMs(): number {
    const wanted = Math.max(this.#perSecond / 10, 1) - this.#tokens
    return Math.max(Math.ceil((wanted * 1000) / this.#perSecond), 1)
  }

  #fill(): void {
    const now = this.#clock.now()
    // A machine's clock that is set back must not take tokens away.
    const passedMs = Math.max(now - this.#filledAt, 0)
    this.#filledAt = now
    this.#tokens = Math.min(this.#tokens + (passedMs * this.#perSecond) / 1000, this.#perSecond)
  }
}
