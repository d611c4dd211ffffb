import type { Decision, Match } from './access.ts'
import { audienceOf, type Audience } from './audience.ts'
import { EventVariants, eventOf } from './event-variants.ts'
import type { Gate } from './gate.ts'
import type { Limits } from './limits.ts'
import type { EngineLog } from './log.ts'
import { Membership, type MembershipContext, type Undelivered } from './membership.ts'
import { unobserved, type SubscriptionObserver } from './observers.ts'
import type { Peer } from './peer.ts'
import { unmarked, type Marks, type Publication } from './publication.ts'
import { replyDenied, replyError } from './replies.ts'
import type { Subscription } from './subscription.ts'
import { Subscriptions } from './subscriptions.ts'
import { randomId } from './wire/id.ts'
import {
  emptyDict,
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
import { Payload } from './wire/payload.ts'
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
  readonly #memberships: MembershipContext
  #observer: SubscriptionObserver = unobserved
  readonly subscriptions: Subscriptions = new Subscriptions()
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
    return this.subscriptions.size
  }

  /** Who is told, from now on, when somebody subscribes or ceases to. */
  observe(observer: SubscriptionObserver): void {
    this.#observer = observer
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
    this.#gate.applied(subscriber, 'subscribe', topic, decision)
    if (!decision.allow) return replyDenied(subscriber, SUBSCRIBE, request, decision)
    let subscription = this.subscriptions.get(match, topic)
    const created = subscription === undefined
    const joined = subscription === undefined || !subscription.members.has(subscriber)
    if (subscription === undefined || joined) {
      const held = subscriber.ledger.subscriptions
      if (held.size >= this.#limits.subscriptions) {
        const text = `more than ${this.#limits.subscriptions} subscriptions in one session`
        return replyError(subscriber, SUBSCRIBE, request, 'wamp.error.unavailable', text)
      }
      subscription ??= this.subscriptions.add(match, topic, this.#gate.now())
      const membership = new Membership(subscriber, subscription, decision, this.#memberships)
      subscription.members.set(subscriber, membership)
      held.set(subscription.id, subscription)
    }
    subscriber.send({ type: SUBSCRIBED, request, subscription: subscription.id })
    if (joined) this.#observer.added(subscriber, subscription, created)
  }

  /** UNSUBSCRIBE. A subscription of another's is as unknown as none. */
  unsubscribe(subscriber: Peer, message: Unsubscribe): void {
    const subscription = subscriber.ledger.subscriptions.get(message.subscription)
    if (subscription === undefined) {
      const { request } = message
      return replyError(subscriber, UNSUBSCRIBE, request, 'wamp.error.no_such_subscription')
    }
    const deleted = this.#drop(subscriber, subscription)
    subscriber.send({ type: UNSUBSCRIBED, request: message.request })
    this.#observer.removed(subscriber, subscription, deleted)
  }

  /**
   * Takes a subscription from who has it. Only who announced subscription_revocation is told: others would not
   * understand it (rfc/text/advanced/pubsub_subscription_revocation.md). `false`: it has no such subscription.
   */
  revoke(subscription: Subscription, subscriber: Peer, reason?: string): boolean {
    if (!subscription.members.has(subscriber)) return false
    const deleted = this.#drop(subscriber, subscription)
    if (subscriber.features.has('subscriber.subscription_revocation')) {
      const details: Dict = {
        subscription: subscription.id,
        ...(reason !== undefined && { reason }),
      }
      subscriber.send({ type: UNSUBSCRIBED, request: 0, details })
    }
    this.#observer.removed(subscriber, subscription, deleted)
    return true
  }

  /** Returns whether the subscription is gone with its last subscriber. */
  #drop(subscriber: Peer, subscription: Subscription): boolean {
    subscriber.ledger.subscriptions.delete(subscription.id)
    subscription.members.delete(subscriber)
    if (subscription.members.size > 0) return false
    this.subscriptions.delete(subscription)
    return true
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
      const fault = this.checkTopic(topic)
      if (fault !== undefined) return refuse(publisher, message, 'wamp.error.invalid_uri', fault)
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
    const { topic, request, options } = message
    this.#gate.applied(publisher, 'publish', topic, decision)
    const acknowledge = options['acknowledge'] === true
    if (!decision.allow) {
      if (acknowledge) replyDenied(publisher, PUBLISH, request, decision)
      return
    }
    if (decision.disclose === false && options['disclose_me'] === true) {
      return refuse(publisher, message, 'wamp.error.option_disallowed.disclose_me')
    }
    const publication = this.#publication(publisher, message, decision)
    this.#distribute(publication)
    if (acknowledge) publisher.send({ type: PUBLISHED, request, publication: publication.id })
  }

  #publication(
    publisher: Peer,
    { topic, options, payload }: Publish,
    decision: Decision,
  ): Publication {
    const isPlain = options === emptyDict
    return {
      id: randomId(),
      topic,
      payload,
      marks: marksOf(publisher, options, decision),
      excepted: !isPlain && options['exclude_me'] === false ? undefined : publisher,
      audience: isPlain ? undefined : audienceOf(options),
    }
  }

  #distribute(publication: Publication): void {
    const { topic, marks, excepted, audience } = publication
    const now = this.#gate.now()
    for (const subscription of this.subscriptions.matchAll(topic)) {
      const { members } = subscription
      if (members.size === 0) continue
      const plain = marks === unmarked ? eventOf(subscription, publication, 0) : undefined
      const variants =
        plain === undefined ? new EventVariants(subscription, publication) : undefined
      for (const [subscriber, membership] of members) {
        if (subscriber === excepted) continue
        if (audience !== undefined && !audience(subscriber)) continue
        const event = plain ?? variants?.for(membership.sight)
        if (event !== undefined) membership.deliver(event, now)
      }
    }
  }

  /**
   * Publishes for a party that is leaving or has left, as its testament: its rights are decided anew, its options are
   * those of a PUBLISH, and nobody is answered.
   * @returns whether it was published
   */
  publishFor(
    publisher: Peer,
    topic: string,
    options: Dict,
    payload: Payload,
  ): boolean | Promise<boolean> {
    if (this.checkTopic(topic) !== undefined) return false
    const message: Publish = { type: PUBLISH, request: 0, options, topic, payload }
    const decision = this.#gate.decide(publisher, 'publish', topic, 'exact', options, payload)
    if (!(decision instanceof Promise)) return this.#publishedFor(publisher, message, decision)
    return decision.then((decided) => this.#publishedFor(publisher, message, decided))
  }

  #publishedFor(publisher: Peer, message: Publish, decision: Decision): boolean {
    this.#gate.applied(publisher, 'publish', message.topic, decision)
    if (!decision.allow) return false
    if (message.options['disclose_me'] === true && decision.disclose === false) return false
    this.#distribute(this.#publication(publisher, message, decision))
    return true
  }

  /** What is wrong with a topic that somebody wants to publish to; `undefined`: nothing. */
  checkTopic(topic: string): string | undefined {
    const fault = checkUri(topic, { strict: this.#strict })
    // Topics under `wamp` are the router's own: nobody may forge its meta events.
    if (fault === undefined && isReserved(topic)) return 'the first component "wamp" is reserved'
    return fault
  }

  /** An event of the router itself, under whatever topic. `audience`: who may get it; absent: everybody who listens. */
  announce(topic: string, args?: readonly unknown[], kwargs?: Dict, audience?: Audience): void {
    this.#distribute({
      id: randomId(),
      topic,
      payload: Payload.of(args, kwargs),
      marks: unmarked,
      excepted: undefined,
      audience,
    })
  }

  /** The peer is gone: so are its subscriptions, in this step. */
  leave(peer: Peer): void {
    const held = [...peer.ledger.subscriptions.values()]
    const deleted = held.map((subscription) => this.#drop(peer, subscription))
    for (const [i, subscription] of held.entries()) {
      this.#observer.removed(peer, subscription, deleted[i] === true)
    }
  }
}

function refuse(publisher: Peer, message: Publish, error: string, text?: string): void {
  if (message.options['acknowledge'] === true) {
    replyError(publisher, PUBLISH, message.request, error, text)
  }
}

/**
 * What EVENT.Details says beyond what the publisher sent. Who published is for subscribers that announced a use for
 * it, if the publisher asked for that (rfc/text/advanced/pubsub_publisher_identification.md), and for all where the
 * realm discloses it by itself.
 */
function marksOf(publisher: Peer, options: Dict, { disclose, trustlevel }: Decision): Marks {
  const asked = options !== emptyDict && options['disclose_me'] === true
  if (disclose !== true && !asked && trustlevel === undefined) return unmarked
  const identity = disclose === true || asked ? identityOf(publisher) : undefined
  return {
    open: disclose === true && identity !== undefined ? identity : emptyDict,
    publisher: disclose === true ? undefined : identity,
    trustlevel,
  }
}

/** Set by the router alone. */
function identityOf(publisher: Peer): Dict {
  const { authid, authrole } = publisher.principal
  return { publisher: publisher.id, publisher_authid: authid, publisher_authrole: authrole }
}
