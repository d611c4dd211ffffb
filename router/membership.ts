import type { Decision } from './access.ts'
import { KeptDecision } from './decisions.ts'
import type { Gate } from './gate.ts'
import type { Peer } from './peer.ts'
import type { Subscription } from './subscription.ts'
import type { SharedMessage } from './wire/shared-message.ts'

/** What became of an event for one subscriber. */
export type Delivery = 'sent' | 'withheld' | 'dropped'

/**
 * One subscriber of one subscription, with its right to the events. Every delivery is decided: as long as nothing
 * changed that is one compare of integers. A right that is withdrawn withholds events and keeps the subscription,
 * so that they flow again when the right comes back, without a word to clients that would not understand it.
 */
export class Membership {
  readonly #peer: Peer
  readonly #subscription: Subscription
  readonly #gate: Gate
  readonly #maxWithheld: number
  #right: KeptDecision
  /** Events that wait, in order, while the right is asked for elsewhere. */
  #waiting: SharedMessage[] | undefined

  constructor(
    peer: Peer,
    subscription: Subscription,
    right: Decision,
    gate: Gate,
    maxWithheld: number,
  ) {
    this.#peer = peer
    this.#subscription = subscription
    this.#right = new KeptDecision(right)
    this.#gate = gate
    this.#maxWithheld = maxWithheld
  }

  deliver(event: SharedMessage): Delivery {
    if (this.#waiting !== undefined) return this.#wait(event, this.#waiting)
    if (this.#right.holds(this.#gate.now())) return this.#deliverDecided(event)
    const { topic, match } = this.#subscription
    const decision = this.#gate.decide(this.#peer, 'subscribe', topic, match)
    if (decision instanceof Promise) {
      this.#waiting = [event]
      void decision.then((decided) => this.#decided(decided))
      return 'sent'
    }
    this.#take(decision)
    return this.#deliverDecided(event)
  }

  #deliverDecided(event: SharedMessage): Delivery {
    if (!this.#right.decision.allow) return 'withheld'
    if (this.#peer.congested) return 'dropped'
    return this.#peer.sendShared(event) ? 'sent' : 'dropped'
  }

  #wait(event: SharedMessage, waiting: SharedMessage[]): Delivery {
    if (waiting.length >= this.#maxWithheld) return 'dropped'
    waiting.push(event)
    return 'sent'
  }

  #decided(decision: Decision): void {
    const waiting = this.#waiting ?? []
    this.#waiting = undefined
    this.#take(decision)
    if (this.#peer.gone || !this.#peer.ledger.subscriptions.has(this.#subscription.id)) return
    for (const event of waiting) this.#deliverDecided(event)
  }

  /** A denial is recorded when it is made, not for each event that it withholds. */
  #take(decision: Decision): void {
    if (!decision.allow) decision.record?.()
    this.#right = new KeptDecision(decision)
  }
}
