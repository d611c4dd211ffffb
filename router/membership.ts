import type { Decision, Principal } from './access.ts'
import { isUndecided, KeptDecision } from './decisions.ts'
import { EventLane, type EventReceiver } from './event-lane.ts'
import { sightOf } from './event-variants.ts'
import type { Gate } from './gate.ts'
import type { EngineLog } from './log.ts'
import type { Peer } from './peer.ts'
import type { Subscription } from './subscription.ts'
import type { Dict } from './wire/message.ts'
import type { SharedMessage } from './wire/shared-message.ts'

/** Counts of what a broker did not deliver, by cause. */
export interface Undelivered {
  /** The subscriber's right to the event was withdrawn. */
  withheld: number
  /** The subscriber did not take its messages, or the event is longer than it takes. */
  dropped: number
}

/** What all memberships of a broker share. */
export interface MembershipContext {
  readonly gate: Gate
  readonly log: EngineLog
  readonly maxWithheld: number
  readonly undelivered: Undelivered
  /** Takes a subscription from who announced that it understands that. */
  readonly revoke: (subscription: Subscription, subscriber: Peer, reason: string) => void
}

/**
 * One subscriber of one subscription, with its right to the events. Every delivery is decided: as long as nothing
 * changed that is one compare of integers. A right that is withdrawn withholds events and keeps the subscription,
 * so that they flow again when the right comes back, without a word to clients that would not understand it. Those that
 * announced subscription_revocation lose the subscription, and are told.
 */
export class Membership implements EventReceiver {
  /** Which of the details that are not for everybody it sees (`event-variants.ts`). */
  readonly sight: number
  /** SUBSCRIBE.Options.nkey: it takes its share of the publications that carry a resource key. */
  shard: string | undefined
  readonly #peer: Peer
  readonly #subscription: Subscription
  readonly #context: MembershipContext
  /** Of SUBSCRIBE.Options, on which the right may rest. */
  #attributes: Dict | undefined
  #right: KeptDecision
  /** Who the right was given to: a session that proved itself anew is asked about anew. */
  #principal: Principal
  #warned = false

  constructor(
    peer: Peer,
    subscription: Subscription,
    right: Decision,
    context: MembershipContext,
    attributes?: Dict,
  ) {
    this.#peer = peer
    this.#subscription = subscription
    this.#context = context
    this.#right = new KeptDecision(right)
    this.#principal = peer.principal
    this.sight = sightOf(peer.features)
    this.#attributes = attributes
  }

  /** It was subscribed to once more, by what is decided now. */
  renew(right: Decision, attributes: Dict | undefined): void {
    this.#right = new KeptDecision(right)
    this.#principal = this.#peer.principal
    this.#attributes = attributes
  }

  /** Sends the event now, or in its turn; what cannot be sent is counted. */
  deliver(event: SharedMessage, now: number): void {
    const { ledger } = this.#peer
    if (ledger.lane !== undefined) {
      if (!ledger.lane.add(this, event)) this.#context.undelivered.dropped++
      return
    }
    const ready = this.#ready(now)
    if (ready === undefined) return this.#send(event)
    ledger.lane = new EventLane(this.#context.maxWithheld, () => (ledger.lane = undefined))
    ledger.lane.begin(this, event, ready)
  }

  ready(): void | Promise<void> {
    if (this.#isHeld) return this.#ready(this.#context.gate.now())
  }

  /** Meanwhile it may have unsubscribed, and subscribed again by another right, or left. */
  get #isHeld(): boolean {
    return this.#subscription.members.get(this.#peer) === this
  }

  #ready(now: number): void | Promise<void> {
    if (this.#right.holds(now) && this.#peer.principal === this.#principal) return
    const { topic, match } = this.#subscription
    const { gate } = this.#context
    const decision = gate.decide(this.#peer, 'subscribe', topic, match, this.#attributes)
    if (decision instanceof Promise) return decision.then((decided) => this.#take(decided))
    this.#take(decision)
  }

  /** A denial is recorded when it is made, not for each event that it withholds. */
  #take(decision: Decision): void {
    this.#right = new KeptDecision(decision)
    this.#principal = this.#peer.principal
    if (decision.allow || !this.#isHeld) return
    const { gate, revoke } = this.#context
    gate.applied(this.#peer, 'subscribe', this.#subscription.topic, decision)
    if (isUndecided(decision)) return
    if (this.#peer.features.has('subscriber.subscription_revocation')) {
      revoke(this.#subscription, this.#peer, 'no longer authorized')
    }
  }

  send(event: SharedMessage): void {
    // No EVENT comes after UNSUBSCRIBED.
    if (this.#isHeld) this.#send(event)
  }

  #send(event: SharedMessage): void {
    const { log, undelivered } = this.#context
    if (!this.#right.decision.allow) {
      undelivered.withheld++
      return
    }
    if (this.#peer.congested && this.#peer.detached !== true) {
      undelivered.dropped++
      return this.#warn()
    }
    this.#warned = false
    try {
      if (this.#peer.sendShared(event)) this.#right.decision.delivered?.add()
      else undelivered.dropped++
    } catch (error) {
      // One receiver's serializer cannot write it: neither the publisher nor the other receivers are to suffer.
      undelivered.dropped++
      log('error', 'an event could not be written', { error, topic: this.#subscription.topic })
    }
  }

  /** Once each time that it begins, not for each event: a flood of events must not become one of warnings. */
  #warn(): void {
    if (this.#warned) return
    this.#warned = true
    const { id, principal } = this.#peer
    const details = { session: id, authid: principal.authid, topic: this.#subscription.topic }
    this.#context.log('warn', 'a subscriber does not take its events: they are dropped', details)
  }
}
