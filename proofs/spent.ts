import { ProofError } from './proof-error.ts'

interface Bucket {
  /** What is in it is of use to nobody from then on, in milliseconds since the epoch. */
  readonly until: number
  readonly names: Set<string>
}

/**
 * Remembers what may be used once, until it could not be used any more anyway. When it is full it refuses: to forget
 * what is still good, as a cache of the latest would, opens it to a replay.
 */
export class Spent {
  readonly #bucketMs: number
  readonly #max: number
  readonly #buckets = new Map<number, Bucket>()
  #size = 0

  /** `max`: names at the same time; `bucketMs`: those that end within such a time are forgotten together. */
  constructor({ max, bucketMs = 10_000 }: { readonly max: number; readonly bucketMs?: number }) {
    this.#max = max
    this.#bucketMs = bucketMs
  }

  get size(): number {
    return this.#size
  }

  /**
   * Spends a name that is good until `until`, both times in milliseconds since the epoch.
   * @throws ProofError `replayed` when it was spent before, `full` when it cannot be remembered
   */
  spend(name: string, until: number, now: number): void {
    for (const [key, { until: over, names }] of this.#buckets) {
      if (over > now) continue
      this.#buckets.delete(key)
      this.#size -= names.size
    }
    // A name may come again with another end, so all of them are looked through: there are few.
    for (const { names } of this.#buckets.values())
      if (names.has(name)) throw new ProofError('replayed', 'it was used before')
    if (this.#size >= this.#max)
      throw new ProofError('full', `${this.#max} are remembered, which is the bound`)
    const key = Math.floor(until / this.#bucketMs)
    let bucket = this.#buckets.get(key)
    if (bucket === undefined) {
      bucket = { until: (key + 1) * this.#bucketMs, names: new Set() }
      this.#buckets.set(key, bucket)
    }
    bucket.names.add(name)
    this.#size += 1
  }
}
