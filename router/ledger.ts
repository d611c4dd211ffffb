import { CallerDetails } from './caller-details.ts'
import type { Decisions } from './decisions.ts'
import type { EndedStreams } from './ended-streams.ts'
import type { EventLane } from './event-lane.ts'
import { IdTable } from './id-table.ts'
import type { Invocation } from './invocation.ts'
import type { Registration } from './registration.ts'
import type { Subscription } from './subscription.ts'
import type { Testaments } from './testaments.ts'
import { Sequence } from './wire/id.ts'

const none: readonly Invocation[] = []

/**
 * All that dealer and broker keep for one peer, so that its leaving costs only what it owns
 * and no index is left naming it. Tables are made at first use: an idle device needs one of them.
 */
export class Ledger {
  readonly decisions: Decisions
  /** Ids of INVOCATIONs to this peer: session scope, from 1 on. */
  readonly invocationIds: Sequence = new Sequence()
  /** How many of its REGISTERs wait for their claim. */
  claims = 0
  /** What is kept of its calls that wait for a callee, or may be sent to another one. */
  keptBytes = 0
  /** Its calls in parts that ended lately. */
  endedStreams: EndedStreams | undefined
  /** What it leaves to be published after it. */
  testaments: Testaments | undefined
  /** Events that wait while its right to one of them is asked for elsewhere. */
  lane: EventLane | undefined
  #callerDetails: CallerDetails | undefined
  #calls: IdTable<Invocation> | undefined
  #invocations: IdTable<Invocation> | undefined
  #registrations: Map<number, Registration> | undefined
  #subscriptions: Map<number, Subscription> | undefined

  constructor(decisions: Decisions) {
    this.decisions = decisions
  }

  /** What its callees are told of it. */
  get callerDetails(): CallerDetails {
    return (this.#callerDetails ??= new CallerDetails())
  }

  /** Calls it made, by its request id. */
  get calls(): IdTable<Invocation> {
    return (this.#calls ??= new IdTable())
  }

  /**
   * Whether a CALL of this id is no new one: a part of a call that is open, or of one that ended without its caller's
   * knowing (rfc/text/advanced/rpc_progressive_call_invocations.md, Verification of CALL Request IDs).
   * `isLast`: no further part is to follow it.
   */
  continuesCall(request: number, isLast: boolean): boolean {
    return this.#calls?.has(request) === true || this.endedStreams?.has(request, isLast) === true
  }

  /** As they are now: who ends them one by one changes nothing of the list. */
  openCalls(): readonly Invocation[] {
    return this.#calls?.values() ?? none
  }

  /** As they are now. */
  openInvocations(): readonly Invocation[] {
    return this.#invocations?.values() ?? none
  }

  /** Invocations it has to answer, by their request id. */
  get invocations(): IdTable<Invocation> {
    return (this.#invocations ??= new IdTable())
  }

  /** Procedures it offers, by registration id. */
  get registrations(): Map<number, Registration> {
    return (this.#registrations ??= new Map())
  }

  /** Topics it listens to, by subscription id. */
  get subscriptions(): Map<number, Subscription> {
    return (this.#subscriptions ??= new Map())
  }
}
