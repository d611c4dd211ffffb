import type { SharedMessage } from './wire/shared-message.ts'

/** Where an event of a lane goes. */
export interface EventReceiver {
  /** Makes sure that the right to events is known. A promise: it is asked for elsewhere. It never rejects. */
  ready(): void | Promise<void>
  /** Sends the event, or withholds it, as the right is known now. */
  send(event: SharedMessage): void
}

/**
 * The events of one subscriber, in order, behind one whose right is being asked for elsewhere: those of other topics
 * too, as a subscriber gets the events of a publisher in the order in which they were published
 * (rfc/text/basic/security_model.md, Publish & Subscribe Ordering). It lives only as long as somebody waits.
 */
export class EventLane {
  readonly #max: number
  readonly #done: () => void
  readonly #queue: { readonly receiver: EventReceiver; readonly event: SharedMessage }[] = []

  /** At most `max` events wait. `done` is called once, when none does any more. */
  constructor(max: number, done: () => void) {
    this.#max = max
    this.#done = done
  }

  /** Begins with an event whose receiver is not `ready` yet. */
  begin(receiver: EventReceiver, event: SharedMessage, ready: Promise<void>): void {
    event.keep()
    void ready.then(() => {
      receiver.send(event)
      this.#resume()
    })
  }

  /** `false`: there is no room, the event is lost. */
  add(receiver: EventReceiver, event: SharedMessage): boolean {
    if (this.#queue.length >= this.#max) return false
    event.keep()
    this.#queue.push({ receiver, event })
    return true
  }

  #resume(): void {
    for (;;) {
      const next = this.#queue.shift()
      if (next === undefined) return this.#done()
      const { receiver, event } = next
      const ready = receiver.ready()
      if (ready !== undefined) return this.begin(receiver, event, ready)
      receiver.send(event)
    }
  }
}
