import type { Match } from './access.ts'
import type { TopicHistory } from './history.ts'
import { PatternIndex } from './pattern-index.ts'
import type { Subscription } from './subscription.ts'
import { Sequence } from './wire/id.ts'

/** All subscriptions of a realm, by id and by what they listen to. */
export class Subscriptions {
  readonly #ids = new Sequence()
  readonly #byId = new Map<number, Subscription>()
  readonly #byPattern: PatternIndex<Subscription>
  /** Those that stay without subscribers. */
  readonly #kept: Subscription[] = []

  /** `reservedRoots`: see `PatternIndex`. */
  constructor(reservedRoots: readonly string[] = []) {
    // What the router itself tells of reaches those who named it, not those who may have everything else.
    this.#byPattern = new PatternIndex(['wamp', ...reservedRoots])
  }

  /** Number of subscriptions that somebody holds. */
  get held(): number {
    let idle = 0
    for (const { members } of this.#kept) if (members.size === 0) idle++
    return this.#byId.size - idle
  }

  get size(): number {
    return this.#byId.size
  }

  get hasWildcards(): boolean {
    return this.#byPattern.hasWildcards
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

  add(match: Match, topic: string, createdAt: number, history?: TopicHistory): Subscription {
    const id = this.#ids.next()
    const subscription = { id, topic, match, createdAt, members: new Map(), history }
    this.#byId.set(id, subscription)
    this.#byPattern.set(match, topic, subscription)
    if (history !== undefined) this.#kept.push(subscription)
    return subscription
  }

  /** Nobody holds it any more. Returns whether it is gone: one with history stays. */
  release({ id, match, topic, history }: Subscription): boolean {
    if (history !== undefined) return false
    this.#byId.delete(id)
    this.#byPattern.delete(match, topic)
    return true
  }
}
