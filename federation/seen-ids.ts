import { createHash } from 'node:crypto'
import type { Clock } from '../clock.ts'

export interface SeenIdsOptions {
  readonly clock: Clock
  /** How long an id is remembered at least. */
  readonly keepMs: number
  /** Ids of one issuer. Hit: nothing is forgotten for a new one, which is `full`. */
  readonly max: number
}

/** Parts of the time for which ids are kept, so that they are forgotten by the armful, and none too early. */
const parts = 16

interface Bucket {
  readonly period: number
  readonly ids: Set<string>
}

/**
 * Ids (`jti`) that have come already. Kept by time and never by recency: one that is pushed out early could be used
 * again. Each issuer has its own room, so that none can fill another's.
 */
export class SeenIds {
  readonly #clock: Clock
  readonly #periodMs: number
  readonly #max: number
  readonly #byIssuer = new Map<string, Bucket[]>()

  constructor({ clock, keepMs, max }: SeenIdsOptions) {
    this.#clock = clock
    this.#periodMs = Math.max(Math.ceil(keepMs / parts), 1)
    this.#max = max
  }

  /** Remembers an id. `seen`: it came before. `full`: it did not, and cannot be remembered. */
  note(issuer: string, id: string): 'fresh' | 'seen' | 'full' {
    const key = digestOf(id)
    const buckets = this.#bucketsOf(issuer)
    if (buckets.some(({ ids }) => ids.has(key))) return 'seen'
    const kept = buckets.reduce((sum, { ids }) => sum + ids.size, 0)
    if (kept >= this.#max) return 'full'
    this.#current(buckets).ids.add(key)
    return 'fresh'
  }

  /** What was asked for could not be done: its sender may ask again. */
  forget(issuer: string, id: string): void {
    const key = digestOf(id)
    for (const { ids } of this.#bucketsOf(issuer)) ids.delete(key)
  }

  #bucketsOf(issuer: string): Bucket[] {
    const oldest = this.#period() - parts
    const buckets = (this.#byIssuer.get(issuer) ?? []).filter(({ period }) => period >= oldest)
    this.#byIssuer.set(issuer, buckets)
    return buckets
  }

  #current(buckets: Bucket[]): Bucket {
    const period = this.#period()
    const last = buckets.at(-1)
    if (last !== undefined && last.period >= period) return last
    const bucket = { period, ids: new Set<string>() }
    buckets.push(bucket)
    return bucket
  }

  #period(): number {
    return Math.floor(this.#clock.now() / this.#periodMs)
  }
}

/** Of one size, however long an issuer makes its ids. */
function digestOf(id: string): string {
  return createHash('sha256').update(id).digest('base64url')
}
