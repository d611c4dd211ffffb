/**
 * Steps of long work, one in each turn of the event loop, in the order in which they were asked for: however many ask
 * for such work, everybody else is heard after each step.
 */
export class Turns {
  #last: Promise<void> = Promise.resolve()

  /** Resolves when the next step may be done. */
  next(): Promise<void> {
    // A promise alone would go on in the same turn where the store answers from memory.
    this.#last = this.#last.then(() => new Promise(setImmediate))
    return this.#last
  }
}
