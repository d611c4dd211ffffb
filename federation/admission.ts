import { LRUCache } from 'lru-cache'
import type { Clock } from '../clock.ts'
import { Refusal } from './exchange.ts'

export interface AdmissionBounds {
  /** Requests of one address in a second; as many may come at once. */
  readonly perSecond: number
  /** Requests of all that are being looked at. */
  readonly atOnce: number
}

interface Bucket {
  tokens: number
  filledAt: number
}

/** Addresses whose rates are known at a time. Whoever has more is bounded by what is looked at at once. */
const maxAddresses = 4_096

/** How much strangers may have us look at: a signature costs more to check than to send. */
export class Admission {
  readonly #bounds: AdmissionBounds
  readonly #clock: Clock
  readonly #buckets = new LRUCache<string, Bucket>({ max: maxAddresses })
  #underWay = 0

  constructor(bounds: AdmissionBounds, clock: Clock) {
    this.#bounds = bounds
    this.#clock = clock
  }

  /** Counts a request of an address. `false`: it has sent too many. */
  admits(address: string): boolean {
    const { perSecond } = this.#bounds
    const now = this.#clock.now()
    const bucket = this.#buckets.get(address) ?? { tokens: perSecond, filledAt: now }
    this.#buckets.set(address, bucket)
    // A machine's clock that is set back must not take tokens away.
    const passedMs = Math.max(now - bucket.filledAt, 0)
    bucket.tokens = Math.min(bucket.tokens + (passedMs * perSecond) / 1000, perSecond)
    bucket.filledAt = now
    if (bucket.tokens < 1) return false
    bucket.tokens -= 1
    return true
  }

  /**
   * Runs what a request leads to. Only then does it take a place: one whose body never comes keeps nobody waiting.
   * @throws Refusal with 503 when there is no place; what `task` throws
   */
  async during<Result>(task: () => Promise<Result>): Promise<Result> {
    if (this.#underWay >= this.#bounds.atOnce)
      throw new Refusal(503, { error: 'temporarily_unavailable' }, { retryAfterSeconds: 1 })
    this.#underWay += 1
    try {
      return await task()
    } finally {
      this.#underWay -= 1
    }
  }
}
