import type { Clock } from '../clock.ts'
import type { Decision, Match, Validation } from './access.ts'
import { attributesOf } from './attributes.ts'
import type { Audience } from './audience.ts'
import { Distribution } from './distribution.ts'
import type { EventStore } from './event-store.ts'
import { eventOf } from './event-variants.ts'
import { failed, type Gate } from './gate.ts'
import { getEvents } from './get-events.ts'
import { History, type HistoryTopic, type Kept } from './history.ts'
import type { Limits } from './limits.ts'
import type { EngineLog } from './log.ts'
import { Membership, type MembershipContext, type Undelivered } from './membership.ts'
import { misfit } from './misfit.ts'
import type { SubscriptionObserver } from './observers.ts'
import type { OwnProcedure } from './own-procedure.ts'
import { usesPassthru } from './passthru.ts'
import type { Peer } from './peer.ts'
import { publicationOf, unmarked, type Publication } from './publication.ts'
import { replyDenied, replyError } from './replies.ts'
import { Retention } from './retention.ts'
import type { Subscription } from './subscription.ts'
import { Subscriptions } from './subscriptions.ts'
import { violation } from './wire/errors.ts'
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

/** What a broker is like. */
export interface BrokerOptions {
  readonly realm: string
  /** URIs of lower-case letters, digits and `_` only. */
  readonly strict: boolean
  /** See `PatternIndex`. */
  readonly reservedRoots: readonly string[]
  /** Topics whose events are kept in `events`. */
  readonly topics: readonly HistoryTopic[]
  readonly events: EventStore
}

/** What a broker needs of the place it lives in. */
export interface BrokerContext {
  readonly clock: Clock
  readonly limits: Limits
  readonly log: EngineLog
}

/** Routes publications to subscribers. Promises as in the dealer: only where a right had to be asked for. */
export class Broker {
  readonly #gate: Gate
  readonly #limits: Limits
  readonly #strict: boolean
  readonly #memberships: MembershipContext
  readonly #distribution: Distribution
  readonly #observers: SubscriptionObserver[] = []
  readonly subscriptions: Subscriptions
  readonly retention: Retention
  readonly history: History
  /** `wamp.subscription.get_events`. */
  readonly getEvents: OwnProcedure
  readonly undelivered: Undelivered = { withheld: 0, dropped: 0 }

  constructor(gate: Gate, options: BrokerOptions, context: BrokerContext) {
    const { realm, strict, reservedRoots, topics, events } = options
    const { clock, limits, log } = context
    this.#gate = gate
    this.#limits = limits
    this.#strict = strict
    this.subscriptions = new Subscriptions(reservedRoots)
    this.retention = new Retention({ limits, log, reservedRoots })
    this.history = new History(events, { clock, limits, log })
    const { subscriptions, retention, history, undelivered } = this
    for (const { uri, match, limit } of topics) {
      const stream = { realm, match, uri }
      subscriptions.add(match, uri, clock.now(), { stream, limit })
    }
    this.getEvents = getEvents({ gate, clock, limits, subscriptions, history, store: events })
    this.#distribution = new Distribution({ subscriptions, history, retention })
    this.#memberships = {
      gate,
      log,
      maxWithheld: limits.withheldEvents,
      undelivered,
      revoke: (subscription, subscriber, reason) => {
        this.revoke(subscription, subscriber, reason)
      },
    }
  }

  /** Number of subscriptions that somebody holds. */
  get size(): number {
    return this.subscriptions.held
  }

  /** Who is told, from now on, when somebody subscribes or ceases to. */
  observe(observer: SubscriptionObserver): void {
    this.#observers.push(observer)
  }

  /** SUBSCRIBE. */
  subscribe(subscriber: Peer, message: Subscribe): void | Promise<void> {
    const { topic, request, options } = message
    const match = (options['match'] as Match | undefined) ?? 'exact'
    const fault = checkUri(topic, { strict: this.#strict, match })
    if (fault !== undefined) {
      return replyError(subscriber, SUBSCRIBE, request, 'wamp.error.invalid_uri', fault)
    }
    const { empty } = Payload
    const decision = this.#gate.decide(subscriber, 'subscribe', topic, match, options, empty, true)
    if (decision instanceof Promise) {
      return decision.then((decided) => this.#subscribeDecided(subscriber, message, match, decided))
    }
    this.#subscribeDecided(subscriber, message, match, decision)
  }

  #subscribeDecided(
    subscriber: Peer,
    { topic, request, options }: Subscribe,
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
      const attributes = attributesOf(options)
      const membership = new Membership(
        subscriber,
        subscription,
        decision,
        this.#memberships,
        attributes,
      )
      subscription.members.set(subscriber, membership)
      held.set(subscription.id, subscription)
    } else {
      subscription.members.get(subscriber)?.renew(decision, attributesOf(options))
    }
    subscriber.send({ type: SUBSCRIBED, request, subscription: subscription.id })
    if (options !== emptyDict || !joined) this.#customize(subscriber, subscription, options)
    if (!joined) return
    for (const observer of this.#observers) observer.added(subscriber, subscription, created)
  }

  /** What SUBSCRIBE asks for besides the topic; of a second SUBSCRIBE for the same, what that asks for. */
  #customize(subscriber: Peer, subscription: Subscription, options: Dict): void {
    const membership = subscription.members.get(subscriber)
    if (membership === undefined) return
    membership.shard = options['nkey'] as string | undefined
    if (options['get_retained'] !== true) return
    const now = this.#gate.now()
    for (const publication of this.retention.for(subscription, subscriber)) {
      membership.deliver(eventOf(subscription, publication, membership.sight), now)
    }
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
    this.#removed(subscriber, subscription, deleted)
  }

  /**
   * Takes a subscription from who has it. Only who announced subscription_revocation is told: others would not
   * understand it (rfc/text/advanced/pubsub_subscription_revocation.md). `false`: it has no such subscription.
   */
  revoke(subscription: Subscription, subscriber: Peer, reason?: string): boolean {
    if (!subscription.members.has(subscriber)) return false
    const deleted = this.#drop(subscriber, subscription)
    if (subscriber.features.has('subscriber.subscription_revocation')) {
      const bare: Dict = { subscription: subscription.id }
      const details = reason === undefined ? bare : { ...bare, reason }
      const told = subscriber.send({ type: UNSUBSCRIBED, request: 0, details })
      if (!told) subscriber.send({ type: UNSUBSCRIBED, request: 0, details: bare })
    }
    this.#removed(subscriber, subscription, deleted)
    return true
  }

  /** Looks at once whether a subscriber may still have what it listens to. */
  reassess(subscriber: Peer): void {
    for (const { members } of subscriber.ledger.subscriptions.values()) {
      void members.get(subscriber)?.ready()
    }
  }

  #removed(subscriber: Peer, subscription: Subscription, deleted: boolean): void {
    for (const observer of this.#observers) observer.removed(subscriber, subscription, deleted)
  }

  /** Returns whether the subscription is gone with its last subscriber. */
  #drop(subscriber: Peer, subscription: Subscription): boolean {
    subscriber.ledger.subscriptions.delete(subscription.id)
    subscription.members.delete(subscriber)
    return subscription.members.size === 0 && this.subscriptions.release(subscription)
  }

  /** PUBLISH. Without `acknowledge` nothing is ever answered, not even an ERROR. */
  publish(publisher: Peer, message: Publish): void | Promise<void> {
    const { topic, options } = message
    if (options !== emptyDict && usesPassthru(options) && !mayPassThrough(publisher)) {
      throw violation('PUBLISH.Options.ppt_scheme without payload_passthru_mode announced')
    }
    const now = this.#gate.now()
    const isKept = options === emptyDict || attributesOf(options) === undefined
    let decision: Decision | Promise<Decision> | undefined = isKept
      ? this.#gate.known(publisher, 'publish', topic, now)
      : undefined
    if (decision === undefined) {
      const fault = this.checkTopic(topic)
      if (fault !== undefined) return refuse(publisher, message, 'wamp.error.invalid_uri', fault)
      const { payload } = message
      decision = isKept
        ? this.#gate.decideAndKeep(publisher, 'publish', topic, options, payload)
        : this.#gate.decide(publisher, 'publish', topic, 'exact', options, payload, true)
    }
    if (decision instanceof Promise) {
      return decision.then((decided) =>
        this.#publishDecided(publisher, message, decided, this.#gate.now()),
      )
    }
    return this.#publishDecided(publisher, message, decision, now)
  }

  #publishDecided(
    publisher: Peer,
    message: Publish,
    decision: Decision,
    now: number,
  ): void | Promise<void> {
    if (publisher.gone) return
    const { topic, options } = message
    this.#gate.applied(publisher, 'publish', topic, decision)
    if (!decision.allow) return deny(publisher, message, decision)
    if (decision.disclose === false && options['disclose_me'] === true) {
      return refuse(publisher, message, 'wamp.error.option_disallowed.disclose_me')
    }
    if (decision.validate !== undefined) {
      const fault = this.#misfit(decision.validate, message)
      if (fault !== undefined) {
        return refuse(publisher, message, 'wamp.error.invalid_argument', fault)
      }
    }
    if (decision.consume === undefined) return this.#send(publisher, message, decision, now)
    const denial = this.#gate.consume(decision)
    if (!(denial instanceof Promise)) return this.#sendCounted(publisher, message, decision, denial)
    return denial.then((denied) => this.#sendCounted(publisher, message, decision, denied))
  }

  /** After a use was counted: its publisher may be gone. */
  #sendCounted(
    publisher: Peer,
    message: Publish,
    decision: Decision,
    denial: Decision | undefined,
  ): void {
    if (publisher.gone) return
    if (denial !== undefined) return deny(publisher, message, denial)
    this.#send(publisher, message, decision, this.#gate.now())
  }

  #send(publisher: Peer, message: Publish, decision: Decision, now: number): void {
    const { request, options } = message
    const publication = this.#publicationOf(publisher, message, decision)
    if (publication === undefined) return deny(publisher, message, failed)
    const kept = this.#distribution.distribute(publication, options, now)
    if (options === emptyDict || options['acknowledge'] !== true) return
    this.#acknowledge(publisher, request, publication.id, kept)
  }

  /** `undefined`: what the router is to say of it cannot be said, and it goes to nobody. */
  #publicationOf(publisher: Peer, message: Publish, decision: Decision): Publication | undefined {
    if (decision.attest === undefined) return publicationOf(publisher, message, decision, emptyDict)
    const { topic, payload } = message
    const attested = this.#gate.attest(decision, { payload, uri: topic })
    if (attested !== undefined) return publicationOf(publisher, message, decision, attested)
    this.#gate.applied(publisher, 'publish', topic, failed)
    return undefined
  }

  /** PUBLISHED; of an event that is to be kept, once it is. */
  #acknowledge(publisher: Peer, request: number, publication: number, kept: Kept): void {
    if (kept === 'nowhere') {
      publisher.send({ type: PUBLISHED, request, publication })
      return
    }
    const answer = (isKept: boolean): void => {
      if (isKept) publisher.send({ type: PUBLISHED, request, publication })
      else {
        const text = 'the event was published, but could not be kept in history'
        replyError(publisher, PUBLISH, request, 'wamp.error.unavailable', text)
      }
    }
    if (kept === 'lost') answer(false)
    else void this.history.whenKept().then(answer)
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
    if (usesPassthru(options) && !mayPassThrough(publisher)) return false
    const message: Publish = { type: PUBLISH, request: 0, options, topic, payload }
    const decision = this.#gate.decide(publisher, 'publish', topic, 'exact', options, payload)
    if (!(decision instanceof Promise)) return this.#publishedFor(publisher, message, decision)
    return decision.then((decided) => this.#publishedFor(publisher, message, decided))
  }

  #publishedFor(publisher: Peer, message: Publish, decision: Decision): boolean | Promise<boolean> {
    const { topic, options } = message
    this.#gate.applied(publisher, 'publish', topic, decision)
    if (!decision.allow) return false
    if (options['disclose_me'] === true && decision.disclose === false) return false
    const { validate } = decision
    if (validate !== undefined && this.#misfit(validate, message) !== undefined) return false
    if (decision.consume === undefined) return this.#sentFor(publisher, message, decision)
    const denial = this.#gate.consume(decision)
    const sent = (denied: Decision | undefined): boolean =>
      denied === undefined && this.#sentFor(publisher, message, decision)
    return denial instanceof Promise ? denial.then(sent) : sent(denial)
  }

  #sentFor(publisher: Peer, message: Publish, decision: Decision): boolean {
    const publication = this.#publicationOf(publisher, message, decision)
    if (publication === undefined) return false
    this.#distribution.distribute(publication, message.options, this.#gate.now())
    return true
  }

  /** What is wrong with a payload; it is counted, as who does not want to be answered is not told. */
  #misfit(validate: Validation, { payload, options }: Publish): string | undefined {
    const fault = misfit(validate, validate.event, payload, options)
    if (fault !== undefined) this.#gate.accounting.misfits++
    return fault
  }

  /** What is wrong with a topic that somebody wants to publish to; `undefined`: nothing. */
  checkTopic(topic: string): string | undefined {
    const fault = checkUri(topic, { strict: this.#strict })
    // Topics under `wamp` are the router's own: nobody may forge its meta events.
    if (fault === undefined && isReserved(topic)) return 'the first component "wamp" is reserved'
    return fault
  }

  /** Whether an event under this topic would go anywhere: to somebody who listens now, or to history. */
  isHeard(topic: string): boolean {
    return this.#distribution.isHeard(topic)
  }

  /** An event of the router itself, under whatever topic. `audience`: who may get it; absent: everybody who listens. */
  announce(topic: string, args?: readonly unknown[], kwargs?: Dict, audience?: Audience): void {
    if (!this.isHeard(topic)) return
    const payload = Payload.of(args, kwargs)
    const all = { marks: unmarked, excepted: undefined, lists: undefined }
    const publication = { id: randomId(), topic, payload, audience, ...all }
    this.#distribution.distribute(publication, emptyDict, this.#gate.now())
  }

  /** The peer is gone: so are its subscriptions, in this step. */
  leave(peer: Peer): void {
    const held = [...peer.ledger.subscriptions.values()]
    const deleted = held.map((subscription) => this.#drop(peer, subscription))
    for (const [i, subscription] of held.entries()) {
      this.#removed(peer, subscription, deleted[i] === true)
    }
  }
}

/** Who did not ask to be answered is not. */
function deny(publisher: Peer, { options, request }: Publish, decision: Decision): void {
  if (options['acknowledge'] === true) replyDenied(publisher, PUBLISH, request, decision)
}

function refuse(publisher: Peer, message: Publish, error: string, text?: string): void {
  if (message.options['acknowledge'] === true) {
    replyError(publisher, PUBLISH, message.request, error, text)
  }
}

/** Announced in HELLO (rfc/text/advanced/payload_passthru_mode.md). */
function mayPassThrough(publisher: Peer): boolean {
  return publisher.features.has('publisher.payload_passthru_mode')
}
