import type { Audience } from './audience.ts'
import type { Limits } from './limits.ts'
import type { EngineLog } from './log.ts'
import { PatternIndex } from './pattern-index.ts'
import type { Peer } from './peer.ts'
import { keptBytes, type Publication } from './publication.ts'
import type { Subscription } from './subscription.ts'
import { msgpack } from './wire/msgpack.ts'
import { Payload, type PackedPayload } from './wire/payload.ts'

/** An event that is kept for those who subscribe later. Names no peer: it may outlive its publisher. */
interface RetainedEvent {
  readonly publication: Omit<Publication, 'payload'>
  /** Made a payload of for each subscriber, as that keeps what it was decoded to. */
  readonly payload: PackedPayload
  /** Session of the publisher, where it does not get its own event; 0: it does. */
  readonly exceptedId: number
  readonly bytes: number
}

export interface RetentionContext {
  readonly limits: Pick<Limits, 'retainedEvents' | 'retainedBytes' | 'retainedPerTopic'>
  readonly log: EngineLog
  readonly reservedRoots: readonly string[]
}

/**
 * The latest retained event of each topic (rfc/text/advanced/pubsub_event_retention.md). Where that was not for
 * everybody, those before it are kept too, back to the latest that was: each new subscriber gets the most recent one
 * that it would have got as a subscriber then. In memory only, and nothing takes the place of a retained event but
 * the next one.
 */
export class Retention {
  readonly #context: RetentionContext
  /** Of each topic the oldest first; the topic that was retained on longest ago first. */
  readonly #byTopic = new Map<string, readonly RetainedEvent[]>()
  #size = 0
  #bytes = 0
  /** Events that had to go for others. */
  #evicted = 0

  constructor(context: RetentionContext) {
    this.#context = context
  }

  /** How many events are retained. */
  get size(): number {
    return this.#size
  }

  /** What they take, in bytes. */
  get bytes(): number {
    return this.#bytes
  }

  get evicted(): number {
    return this.#evicted
  }

  /** Retains an event. */
  retain(publication: Publication): void {
    const { payload, excepted, ...others } = publication
    const { topic, marks, audience } = others
    const packed = payload.pack(msgpack)
    const event: RetainedEvent = {
      publication: {
        ...others,
        marks: { ...marks, open: { ...marks.open, retained: true } },
        excepted: undefined,
      },
      payload: packed,
      exceptedId: excepted?.id ?? 0,
      bytes: packed.bytes.length + keptBytes(publication),
    }
    const before = this.#byTopic.get(topic) ?? []
    this.#forget(topic, before)
    const { retainedBytes, retainedPerTopic } = this.#context.limits
    const isTooLong = event.bytes > retainedBytes
    // Even where this one is too long to be kept: what was everybody's latest is that no more.
    const events = [...(audience === undefined ? [] : before), ...(isTooLong ? [] : [event])]
    if (isTooLong) this.#evict(1, topic)
    if (events.length > retainedPerTopic) {
      // What everybody may have is needed longest.
      events.splice(events[0]?.publication.audience === undefined ? 1 : 0, 1)
      this.#evict(1, topic)
    }
    if (events.length > 0) this.#keep(topic, events)
    this.#makeRoom()
  }

  /** What a new subscriber gets of the past: of each topic that matches, the topic retained on longest ago first. */
  *for(subscription: Subscription, subscriber: Peer): Generator<Publication> {
    for (const topic of this.#matching(subscription)) {
      const event = this.#byTopic
        .get(topic)
        ?.findLast(
          ({ publication: { audience }, exceptedId }) =>
            exceptedId !== subscriber.id && isIn(audience, subscriber),
        )
      if (event === undefined) continue
      yield { ...event.publication, payload: Payload.unpack(event.payload) }
    }
  }

  *#matching({ match, topic: pattern }: Subscription): Generator<string> {
    if (match === 'exact') return yield pattern
    // The very rule by which events reach a subscription.
    const rule = new PatternIndex<true>(this.#context.reservedRoots)
    rule.set(match, pattern, true)
    for (const topic of this.#byTopic.keys()) if (rule.matchAll(topic).length > 0) yield topic
  }

  #keep(topic: string, events: readonly RetainedEvent[]): void {
    this.#byTopic.set(topic, events)
    this.#size += events.length
    for (const { bytes } of events) this.#bytes += bytes
  }

  #forget(topic: string, events: readonly RetainedEvent[]): void {
    this.#byTopic.delete(topic)
    this.#size -= events.length
    for (const { bytes } of events) this.#bytes -= bytes
  }

  #makeRoom(): void {
    const { retainedEvents, retainedBytes } = this.#context.limits
    for (const [topic, events] of this.#byTopic) {
      if (this.#size <= retainedEvents && this.#bytes <= retainedBytes) return
      this.#forget(topic, events)
      // The topic that is left is the one just retained on: its latest event stays.
      const last = this.#byTopic.size === 0 ? events.slice(-1) : []
      if (last.length > 0) this.#keep(topic, last)
      this.#evict(events.length - last.length, topic)
    }
  }

  /** Said once: a flood of retained events must not become one of warnings. */
  #evict(count: number, topic: string): void {
    if (this.#evicted === 0) {
      this.#context.log('warn', 'retained events had to go: there are too many', { topic })
    }
    this.#evicted += count
  }
}

function isIn(audience: Audience | undefined, subscriber: Peer): boolean {
  return audience === undefined || audience(subscriber)
}
