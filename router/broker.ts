import type { Decision, Match } from './access.ts'
import { audienceOf } from './audience.ts'
import type { Gate } from './gate.ts'
import type { Limits } from './limits.ts'
import { Membership } from './membership.ts'
import { PatternIndex } from './pattern-index.ts'
import type { Peer } from './peer.ts'
import { replyDenied, replyError } from './replies.ts'
import type { Subscription } from './subscription.ts'
import { randomId, Sequence } from './wire/id.ts'
import {
  emptyDict,
  EVENT,
  PUBLISH,
  PUBLISHED,
  SUBSCRIBE,
  SUBSCRIBED,
  UNSUBSCRIBE,
  UNSUBSCRIBED,
  type Dict,
  type Publish,
  type Subscribe,
  type Unsubscribe,
} from './wire/message.ts'
import { SharedMessage } from './wire/shared-message.ts'
import { checkUri, isReserved } from './wire/uri.ts'

/** Counts of what a broker did not deliver, by cause. */
export interface Undelivered {
  /** The subscriber's right to the event was withdrawn. */
  withheld: number
  /** The subscriber did not take its messages, or the event is longer than it takes. */
  dropped: number
}

/** Routes publications to subscribers. Promises as in the dealer: only where a right had to be asked for. */
export class Broker {
  readonly #gate: Gate
  readonly #limits: Limits
  readonly #strict: boolean
  readonly #subscriptionIds = new Sequence()
  readonly #subscriptions = new PatternIndex<Subscription>()
  readonly undelivered: Undelivered = { withheld: 0, dropped: 0 }

  constructor(gate: Gate, limits: Limits, strict: boolean) {
    this.#gate = gate
    this.#limits = limits
    this.#strict = strict
  }

  /** Number of subscriptions that somebody holds. */
  get size(): number {
    return this.#subscriptions.size
  }

  /** SUBSCRIBE. */
  subscribe(subscriber: Peer, message: Subscribe): void | Promise<void> {
    const { topic, request, options } = message
    const match = (options['match'] as Match | undefined) ?? 'exact'
    const fault = checkUri(topic, { strict: this.#strict, match })
    if (fault !== undefined) {
      return replyError(subscriber, SUBSCRIBE, request, 'wamp.error.invalid_uri', fault)
    }
    const decision =
      this.#gate.known(subscriber, 'subscribe', topic, match) ??
      this.#gate.decide(subscriber, 'subscribe', topic, match, options)
    if (decision instanceof Promise) {
      return decision.then((decided) => this.#subscribeDecided(subscriber, message, match, decided))
    }
    this.#subscribeDecided(subscriber, message, match, decision)
  }

  #subscribeDecided(
    subscriber: Peer,
    { topic, request }: Subscribe,
    match: Match,
    decision: Decision,
  ): void {
    if (subscriber.gone) return
    decision.record?.()
    if (!decision.allow) return replyDenied(subscriber, SUBSCRIBE, request, decision)
    let subscription = this.#subscriptions.get(match, topic)
    if (subscription === undefined || !subscription.members.has(subscriber)) {
      const held = subscriber.ledger.subscriptions
      if (held.size >= this.#limits.subscriptions) {
        const text = `more than ${this.#limits.subscriptions} subscriptions in one session`
        return replyError(subscriber, SUBSCRIBE, request, 'wamp.error.unavailable', text)
      }
      if (subscription === undefined) {
        subscription = { id: this.#subscriptionIds.next(), topic, match, members: new Map() }
        this.#subscriptions.set(match, topic, subscription)
      }
      const { withheldEvents } = this.#limits
      subscription.members.set(
        subscriber,
        new Membership(subscriber, subscription, decision, this.#gate, withheldEvents),
      )
      held.set(subscription.id, subscription)
    }
    subscriber.send({ type: SUBSCRIBED, request, subscription: subscription.id })
  }

  /** UNSUBSCRIBE. A subscription of another's is as unknown as none. */
  unsubscribe(subscriber: Peer, message: Unsubscribe): void {
    const subscription = subscriber.ledger.subscriptions.get(message.subscription)
    if (subscription === undefined) {
      const { request } = message
      return replyError(subscriber, UNSUBSCRIBE, request, 'wamp.error.no_such_subscription')
    }
    this.#drop(subscriber, subscription)
    subscriber.send({ type: UNSUBSCRIBED, request: message.request })
  }

  #drop(subscriber: Peer, subscription: Subscription): void {
    subscriber.ledger.subscriptions.delete(subscription.id)
    subscription.members.delete(subscriber)
    if (subscription.members.size === 0) {
      this.#subscriptions.delete(subscription.match, subscription.topic)
    }
  }

  /** PUBLISH. Without `acknowledge` nothing is ever answered, not even an ERROR. */
  publish(publisher: Peer, message: Publish): void | Promise<void> {
    const { topic, options } = message
    let decision: Decision | Promise<Decision> | undefined = this.#gate.known(
      publisher,
      'publish',
      topic,
      'exact',
    )
    if (decision === undefined) {
      const fault = checkUri(topic, { strict: this.#strict })
      // Topics under `wamp` are the router's own: nobody may forge its meta events.
      if (fault !== undefined || isReserved(topic)) {
        const reason = fault ?? 'the first component "wamp" is reserved'
        return refuse(publisher, message, 'wamp.error.invalid_uri', reason)
      }
      const { payload } = message
      decision = this.#gate.decide(publisher, 'publish', topic, 'exact', options, payload)
    }
    if (decision instanceof Promise) {
      return decision.then((decided) => this.#publishDecided(publisher, message, decided))
    }
    this.#publishDecided(publisher, message, decision)
  }

  #publishDecided(publisher: Peer, message: Publish, decision: Decision): void {
    if (publisher.gone) return
    decision.record?.()
    const { request, options } = message
    const acknowledge = options['acknowledge'] === true
    if (!decision.allow) {
      if (acknowledge) replyDenied(publisher, PUBLISH, request, decision)
      return
    }
    const disclosed = options['disclose_me'] === true
    if (disclosed && decision.disclose === false) {
      return refuse(publisher, message, 'wamp.error.option_disallowed.disclose_me')
    }
    const publication = randomId()
    const details =
      decision.disclose === true || disclosed ? publisherDetails(publisher) : emptyDict
    this.#distribute(publisher, message, publication, details)
    if (acknowledge) publisher.send({ type: PUBLISHED, request, publication })
  }

  #distribute(publisher: Peer, message: Publish, publication: number, details: Dict): void {
    const { topic, options, payload } = message
    const includePublisher = options['exclude_me'] === false
    const audience = options === emptyDict ? undefined : audienceOf(options)
    for (const subscription of this.#subscriptions.matchAll(topic)) {
      const event = new SharedMessage({
        type: EVENT,
        subscription: subscription.id,
        publication,
        details: subscription.match === 'exact' ? details : { ...details, topic },
        payload,
      })
      for (const [subscriber, membership] of subscription.members) {
        if (subscriber === publisher && !includePublisher) continue
        if (audience !== undefined && !audience(subscriber)) continue
        const delivery = membership.deliver(event)
        if (delivery !== 'sent') this.undelivered[delivery]++
      }
    }
  }

  /** The peer is gone: so are its subscriptions, in this step. */
  leave(peer: Peer): void {
    for (const subscription of peer.ledger.subscriptions.values()) this.#drop(peer, subscription)
  }
}

function refuse(publisher: Peer, message: Publish, error: string, text?: string): void {
  if (message.options['acknowledge'] === true) {
    replyError(publisher, PUBLISH, message.request, error, text)
  }
}

/** Who publishes, set by the router alone (rfc/text/advanced/pubsub_publisher_identification.md). */
function publisherDetails(publisher: Peer): Dict {
  const { authid, authrole } = publisher.principal
  return { publisher: publisher.id, publisher_authid: authid, publisher_authrole: authrole }
}
