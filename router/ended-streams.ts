import type { Clock } from '../clock.ts'

/**
 * Request ids of calls in parts that ended lately. Their callers may not know yet, so what still comes of them is
 * dropped without a word (rfc/text/advanced/rpc_progressive_call_invocations.md, Verification of CALL Request IDs):
 * parts of any, and the last part of those that ended before it had come. Bounded in number, so many of each kind, as
 * those that ended in their course must not push out those whose parts are under way; the oldest goes first. And
 * bounded in time.
 */
export class EndedStreams {
  readonly #max: number
  readonly #graceMs: number
  readonly #clock: Clock
  /** When each is forgotten, in milliseconds since the epoch; in the order in which they ended. */
  readonly #lastToCome = new Map<number, number>()
  readonly #complete = new Map<number, number>()

  constructor(max: number, graceMs: number, clock: Clock) {
    this.#max = max
    this.#graceMs = graceMs
    this.#clock = clock
  }

  get size(): number {
    return this.#lastToCome.size + this.#complete.size
  }

  /** `lastCame`: its caller has sent the last part. */
  add(request: number, lastCame: boolean): void {
    this.#lastToCome.delete(request)
    const ended = lastCame ? this.#complete : this.#lastToCome
    ended.set(request, this.#clock.now() + this.#graceMs)
    if (ended.size <= this.#max) return
    const [oldest] = ended.keys()
    if (oldest !== undefined) ended.delete(oldest)
  }

  /** Whether a CALL of this id belongs to one of them. `isLast`: no further part is to follow it. */
  has(request: number, isLast: boolean): boolean {
    return (
      this.#isKnown(this.#lastToCome, request) ||
      (!isLast && this.#isKnown(this.#complete, request))
    )
  }

  #isKnown(ended: Map<number, number>, request: number): boolean {
    const until = ended.get(request)
    if (until === undefined) return false
    if (this.#clock.now() < until) return true
    ended.delete(request)
    return false
  }
}
