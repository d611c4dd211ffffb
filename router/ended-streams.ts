import type { Clock } from '../clock.ts'

/**
 * Request ids of calls in parts that ended before their caller had sent the last part: it could not know yet, so
 * what still comes of them is dropped without a word (rfc/text/advanced/rpc_progressive_call_invocations.md,
 * Verification of CALL Request IDs). Bounded in number, the oldest goes first, and in time.
 */
export class EndedStreams {
  readonly #max: number
  readonly #graceMs: number
  readonly #clock: Clock
  /** When each is forgotten, in milliseconds since the epoch; in the order in which they ended. */
  readonly #until = new Map<number, number>()

  constructor(max: number, graceMs: number, clock: Clock) {
    this.#max = max
    this.#graceMs = graceMs
    this.#clock = clock
  }

  get size(): number {
    return this.#until.size
  }

  add(request: number): void {
    this.#until.delete(request)
    this.#until.set(request, this.#clock.now() + this.#graceMs)
    if (this.#until.size <= this.#max) return
    const [oldest] = this.#until.keys()
    if (oldest !== undefined) this.#until.delete(oldest)
  }

  has(request: number): boolean {
    const until = this.#until.get(request)
    if (until === undefined) return false
    if (this.#clock.now() < until) return true
    this.#until.delete(request)
    return false
  }

  /** The caller has sent the last part. */
  delete(request: number): void {
    this.#until.delete(request)
  }
}
