import type { Match } from './access.ts'
import { PatternIndex } from './pattern-index.ts'
import type { Subscription } from './subscription.ts'
import { Sequence } from './wire/id.ts'

/** All subscriptions of a realm, by id and by what they listen to. */
export class Subscriptions {
  readonly #ids = new Sequence()
  readonly #byId = new Map<number, Subscription>()
  readonly #byPattern = new PatternIndex<Subscription>()

  get size(): number {
    return this.#byId.size
  }

  byId(id: number): Subscription | undefined {
    return this.#byId.get(id)
  }

  get(match: Match, topic: string): Subscription | undefined {
    return this.#byPattern.get(match, topic)
  }

  /** Those that a publication to `uri` goes to. */
  matchAll(uri: string): Subscription[] {
    return this.#byPattern.matchAll(uri)
  }

  /** In the order in which they were made. */
  all(): Iterable<Subscription> {
    return this.#byId.values()
  }

  add(match: Match, topic: string, createdAt: number): Subscription {
    const subscription = { id: this.#ids.next(), topic, match, createdAt, members: new Map() }
    this.#byId.set(subscription.id, subscription)
    this.#byPattern.set(match, topic, subscription)
    return subscription
  }

  delete({ id, match, topic }: Subscription): void {
    this.#byId.delete(id)
    this.#byPattern.delete(match, topic)
  }
}
