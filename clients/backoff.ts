/** How long to wait between attempts, and how many to make. */
export interface BackoffOptions {
  /** Default 500. */
  readonly shortestMs?: number
  /** Default 30,000. */
  readonly longestMs?: number
  /** Attempts that may fail one after the other before it gives up. Default: no end. */
  readonly attempts?: number
  /** In [0, 1). Default `Math.random`. */
  readonly random?: () => number
}

/**
 * Exponential waits with jitter: the n-th is drawn from `shortest` to `shortest * 2^n`, and never above `longest`.
 * The jitter spreads out what a restarted router meets when a whole house connects again.
 */
export class Backoff {
  readonly #shortestMs: number
  readonly #longestMs: number
  readonly #attempts: number
  readonly #random: () => number
  #failures = 0

  constructor(options: BackoffOptions = {}) {
    this.#shortestMs = options.shortestMs ?? 500
    this.#longestMs = options.longestMs ?? 30_000
    this.#attempts = options.attempts ?? Number.POSITIVE_INFINITY
    this.#random = options.random ?? Math.random
    if (!(this.#shortestMs > 0 && this.#longestMs >= this.#shortestMs))
      throw new RangeError(
        `backoff: shortestMs is ${this.#shortestMs} and longestMs ${this.#longestMs}; ` +
          'allowed is 0 < shortestMs <= longestMs',
      )
  }

  /** Attempts that failed since the last `reset`. */
  get failures(): number {
    return this.#failures
  }

  /** Notes a failure. The wait before the next attempt, in milliseconds; `undefined`: no more attempts. */
  fail(): number | undefined {
    this.#failures += 1
    if (this.#failures > this.#attempts) return undefined
    const ceilingMs = Math.min(
      this.#longestMs,
      this.#shortestMs * 2 ** Math.min(this.#failures, 60),
    )
    return this.#shortestMs + this.#random() * (ceilingMs - this.#shortestMs)
  }

  reset(): void {
    this.#failures = 0
  }
}
