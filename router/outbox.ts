/** Something that gathers what it is to write and writes it when told. */
export interface Flushable {
  flush(): void
}

/**
 * Gathers the writes of one tick: each transport that was written to is flushed once, at its end.
 * One system call per socket and tick instead of one per message is worth five to eight times in calls and events.
 */
export class Outbox {
  readonly #failed: (error: unknown) => void
  #touched: Flushable[] = []
  #scheduled = false

  /** `failed` is told what a target threw; the others are flushed all the same. */
  constructor(failed: (error: unknown) => void) {
    this.#failed = failed
  }

  /** Has `target` flushed at the end of this tick. To be called once per target and tick. */
  touch(target: Flushable): void {
    this.#touched.push(target)
    if (this.#scheduled) return
    this.#scheduled = true
    process.nextTick(this.#flush)
  }

  readonly #flush = (): void => {
    const touched = this.#touched
    this.#touched = []
    this.#scheduled = false
    for (const target of touched) {
      try {
        target.flush()
      } catch (error) {
        this.#failed(error)
      }
    }
  }
}
