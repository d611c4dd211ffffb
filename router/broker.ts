import type { Decision, Match } from './access.ts'
import { audienceOf } from './audience.ts'
import type { Gate } from './gate.ts'
import type { Limits } from './limits.ts'
import type { EngineLog } from './log.ts'
import { Membership, type MembershipContext, type Undelivered } from './membership.ts'
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

/** What a broker needs of the place it lives in. */
export interface BrokerContext {
  readonly limits: Limits
  readonly log: EngineLog
}

/** Routes publications to subscribers. Promises as in the dealer: only where a right had to be asked for. */
export class Broker {
  readonly #gate: Gate
  readonly #limits: Limits
  readonly #strict: boolean
  readonly #subscriptionIds = new Sequence()
  readonly #subscriptions = new PatternIndex<Subscription>()
  readonly #memberships: MembershipContext
  readonly undelivered: Undelivered = { withheld: 0, dropped: 0 }

  constructor(gate: Gate, strict: boolean, { limits, log }: BrokerContext) {
    this.#gate = gate
    this.#limits = limits
    this.#strict = strict
    const { undelivered } = this
    this.#memberships = { gate, log, maxWithheld: limits.withheldEvents, undelivered }
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
    const decision = this.#gate.decide(subscriber, 'subscribe', topic, match, options)
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
    this.#gate.record(decision)
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
      const membership = new Membership(subscriber, subscription, decision, this.#memberships)
      subscription.members.set(subscriber, membership)
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
    )
    if (decision === undefined) {
      const fault = checkUri(topic, { strict: this.#strict })
      // Topics under `wamp` are the router's own: nobody may forge its meta events.
      if (fault !== undefined || isReserved(topic)) {
        const reason = fault ?? 'the first component "wamp" is reserved'
        return refuse(publisher, message, 'wamp.error.invalid_uri', reason)
      }
      const { payload } = message
      decision = this.#gate.decideAndKeep(publisher, 'publish', topic, options, payload)
    }
    if (decision instanceof Promise) {
      return decision.then((decided) => this.#publishDecided(publisher, message, decided))
    }
    this.#publishDecided(publisher, message, decision)
  }

  #publishDecided(publisher: Peer, message: Publish, decision: Decision): void {
    if (publisher.gone) return
    this.#gate.record(decision)
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
    const now = this.#gate.now()
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
        membership.deliver(event, now)
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
