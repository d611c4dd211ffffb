import type { Clock } from '../../clock.ts'

/** A clock that a test moves. */
export class ManualClock implements Clock {
  #now: number
  readonly #tasks = new Set<{ readonly at: number; readonly task: () => void }>()

  /** Starts at `now`, in milliseconds since the epoch; by default at the machine's present. */
  constructor(now: number = Date.now()) {
    this.#now = now
  }

  now(): number {
    return this.#now
  }

  elapsed(): number {
    return this.#now
  }

  after(delayMs: number, task: () => void): () => void {
    const entry = { at: this.#now + Math.max(delayMs, 0), task }
    this.#tasks.add(entry)
    return () => this.#tasks.delete(entry)
  }

  /** How many tasks are waiting. */
  get waiting(): number {
    return this.#tasks.size
  }

  /** Moves on, running what falls due in its order, each at its own time. */
  advance(byMs: number): void {
    const until = this.#now + byMs
    for (;;) {
      let next: { readonly at: number; readonly task: () => void } | undefined
      for (const entry of this.#tasks)
        if (entry.at <= until && (next === undefined || entry.at < next.at)) next = entry
      if (next === undefined) break
      this.#tasks.delete(next)
      this.#now = Math.max(this.#now, next.at)
      next.task()
    }
    this.#now = until
  }
}
