import type { Clock } from '../clock.ts'

/**
 * Ends a call whose caller gave it a time (rfc/text/advanced/rpc_call_timeout.md). A result puts the end off; that
 * costs no timer, as the one that runs looks at the clock when it fires.
 */
export class CallTimeout {
  readonly #ms: number
  readonly #clock: Clock
  readonly #expired: () => void
  #endsAt: number
  #disarm: () => void

  /** `expired` is called once, `ms` after this or after the last `extend`. */
  constructor(ms: number, clock: Clock, expired: () => void) {
    this.#ms = ms
    this.#clock = clock
    this.#expired = expired
    this.#endsAt = clock.now() + ms
    this.#disarm = clock.after(ms, () => this.#fire())
  }

  #fire(): void {
    const leftMs = this.#endsAt - this.#clock.now()
    if (leftMs <= 0) return this.#expired()
    // A machine's clock that is set back must not make a call wait longer than it was to.
    this.#disarm = this.#clock.after(Math.min(leftMs, this.#ms), () => this.#fire())
  }

  /** The time begins anew. */
  extend(): void {
    this.#endsAt = this.#clock.now() + this.#ms
  }

  end(): void {
    this.#disarm()
  }
}
