/** Something that gathers what it is to write and writes it when told. */
export interface Flushable {
  flush(): void
}

/**
 * Gathers the writes of one tick: each transport that was written to is flushed once, at its end. One system call per
 * socket and tick instead of one per message is worth five to eight times in calls and events.
 *
 * A tick is one round of the event loop: what all sockets brought that were readable at once is answered together.
 * Flushed after what each single socket brought, calls to 5,000 devices that answer one by one made 0.86 times as many;
 * one call at a time is not slower for it.
 */
export class Outbox {
  readonly #failed: (error: unknown) => void
  /** One list, emptied after each tick, as V8 would make one for each old from the start (see `socket-writer.ts`). */
  readonly #touched: Flushable[] = []
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
    setImmediate(this.#flush)
  }

  readonly #flush = (): void => {
    // What is touched meanwhile, as a batch that is put together touches its socket, belongs to the same tick.
    for (const target of this.#touched) {
      try {
        target.flush()
      } catch (error) {
        this.#failed(error)
      }
    }
    this.#touched.length = 0
    this.#scheduled = false
  }
}
