import type { Clock } from '../clock.ts'

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

  /**
   * To be told what the work of one message came to, and when it began. Where it took a while, whoever sent it is to
   * wait for its turn before the next one: hundreds of messages that are long in the work fit in one packet.
   */
  fairly(came: void | Promise<void>, began: number, clock: Clock): void | Promise<void> {
    return came ?? (clock.now() > began ? this.next() : undefined)
  }
}
