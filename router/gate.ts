import type { Clock } from '../clock.ts'
import type { Action, Attested, Authorizer, Decision, Match } from './access.ts'
import { Accounting } from './accounting.ts'
import { isAttribute } from './attributes.ts'
import { withDeadline } from './deadline.ts'
import { haveMoved, type KeptAction } from './decisions.ts'
import type { Limits } from './limits.ts'
import type { EngineLog } from './log.ts'
import type { Peer } from './peer.ts'
import { WampError } from './wire/errors.ts'
import { found } from './wire/found.ts'
import { emptyDict, isDict, type Dict } from './wire/message.ts'
import { Payload } from './wire/payload.ts'

/** The authorizer, or what it left to do, broke: the answer is no. */
export const failed: Decision = { allow: false, reason: 'wamp.error.authorization_failed' }
/** Nobody had an opinion: the answer is no. */
const unheard: Decision = { allow: false }
/** So often a decision may have fallen before it came; then the answer is no. */
const mostAttempts = 3

/** What a gate needs of the place it stands in. */
export interface GateContext {
  readonly clock: Clock
  readonly limits: Pick<Limits, 'decisionMs' | 'denialEvents'>
  readonly log: EngineLog
}

/** What a decision is about. */
interface Question {
  readonly action: Action
  readonly uri: string
  readonly match: Match
  readonly options: Dict
  readonly payload: Payload
  readonly forMessage: boolean
}

/**
 * Asks the realm's authorizer, and keeps its answers with the session. Fails closed: what throws, or takes too long,
 * denies. An answer that is known costs no promise.
 */
export class Gate {
  /** What was decided, in numbers. */
  readonly accounting: Accounting
  readonly #realm: string
  readonly #authorizer: Authorizer
  readonly #context: GateContext

  constructor(realm: string, authorizer: Authorizer, context: GateContext) {
    this.#realm = realm
    this.#authorizer = authorizer
    this.#context = context
    this.accounting = new Accounting(context.clock, context.limits)
  }

  now(): number {
    return this.#context.clock.now()
  }

  /** A decision made before that still holds: its URI was found well-formed then. */
  known(peer: Peer, action: KeptAction, uri: string, now: number): Decision | undefined {
    return peer.ledger.decisions.get(action, uri, now)
  }

  /**
   * Decides anew. A promise never rejects.
   * @param forMessage a message waits for it that has not been decided before
   */
  decide(
    peer: Peer,
    action: Action,
    uri: string,
    match: Match = 'exact',
    options: Dict = emptyDict,
    payload: Payload = Payload.empty,
    forMessage = false,
  ): Decision | Promise<Decision> {
    return this.#ask(peer, { action, uri, match, options, payload, forMessage }, 1)
  }

  /** The same about an exact URI; the decision is kept with its peer where its maker allows that. */
  decideAndKeep(
    peer: Peer,
    action: KeptAction,
    uri: string,
    options: Dict,
    payload: Payload,
  ): Decision | Promise<Decision> {
    const { decisions } = peer.ledger
    const decision = this.decide(peer, action, uri, 'exact', options, payload, true)
    if (!(decision instanceof Promise)) {
      decisions.keep(action, uri, decision)
      return decision
    }
    return decision.then((decided) => {
      decisions.keep(action, uri, decided)
      return decided
    })
  }

  #ask(peer: Peer, question: Question, attempt: number): Decision | Promise<Decision> {
    const { action, uri, match, options, payload, forMessage } = question
    const { principal } = peer
    let opinion: ReturnType<Authorizer>
    try {
      opinion = this.#authorizer({
        action,
        uri,
        match,
        options,
        realm: this.#realm,
        session: peer.id,
        principal,
        peer: peer.facts,
        asker: peer,
        forMessage,
        payload,
      })
    } catch (error) {
      return this.#fail(error, question)
    }
    if (!(opinion instanceof Promise)) return opinion ?? unheard
    return this.#within(opinion, 'the authorizer').then(
      (answer) => {
        const decision = answer ?? unheard
        // Meanwhile a right was withdrawn, or the session proved itself anew: the answer is about a past state.
        const past =
          peer.principal !== principal ||
          (decision.epochs !== undefined && haveMoved(decision.epochs))
        if (!past) return decision
        if (attempt < mostAttempts) return this.#ask(peer, question, attempt + 1)
        return this.#fail(new Error(`${mostAttempts} decisions fell before they came`), question)
      },
      (error: unknown) => this.#fail(error, question),
    )
  }

  /** Takes account of a decision that is applied to a message of the peer's. */
  applied(peer: Peer, action: Action, uri: string, decision: Decision): void {
    decision.used?.add()
    if (decision.record !== undefined) this.#record(decision)
    this.accounting.take(peer, action, uri, decision)
  }

  /**
   * Puts on record that a decision is applied to a message. Where that fails the decision stands: it was made from
   * memory, and a full disk does not stop the house.
   */
  #record(decision: Decision): void {
    try {
      decision.record?.()
    } catch (error) {
      this.#context.log('error', 'a decision could not be recorded', { error, realm: this.#realm })
    }
  }

  /**
   * Counts one use of a decision that is good for so many. `undefined`: counted; else the denial of who lost the race
   * for the last use, or of whose right was withdrawn while it was counted. A promise never rejects.
   */
  consume(decision: Decision): Decision | undefined | Promise<Decision | undefined> {
    try {
      const counted = decision.consume?.()
      if (!(counted instanceof Promise)) return undefined
      return this.#within(counted, 'counting a use').then(
        () => (decision.epochs !== undefined && haveMoved(decision.epochs) ? unheard : undefined),
        (error: unknown) => this.#usedUp(error),
      )
    } catch (error) {
      return this.#usedUp(error)
    }
  }

  /** Whether what goes on by a decision may go on. Asked of its maker; where that fails it may not. */
  stands({ stands }: Decision): boolean {
    if (stands === undefined) return true
    try {
      return stands()
    } catch (error) {
      const details = { error, realm: this.#realm }
      this.#context.log('error', 'it could not be told whether a decision stands; denied', details)
      return false
    }
  }

  /** What the router says of a message that goes out by a decision; `undefined`: it cannot, and nothing may go out. */
  attest({ attest }: Decision, message: Attested): Dict | undefined {
    if (attest === undefined) return emptyDict
    try {
      const attributes: unknown = attest(message)
      // A promise has no keys, and would attest nothing.
      if (!isDict(attributes) || attributes instanceof Promise) {
        throw new Error('an attestation must be a dict, at once')
      }
      const foreign = Object.keys(attributes).find((key) => !isAttribute(key))
      if (foreign === undefined) return attributes
      throw new Error(`an attribute is named ${found(foreign)}, it must begin with _`)
    } catch (error) {
      const details = { error, uri: message.uri, realm: this.#realm }
      this.#context.log('error', 'a message could not be attested; denied', details)
      return undefined
    }
  }

  #usedUp(error: unknown): Decision {
    if (error instanceof WampError) {
      const { uri, kwargs } = error
      return { allow: false, reason: uri, ...(kwargs !== undefined && { details: kwargs }) }
    }
    this.#context.log('error', 'a use could not be counted; denied', { error, realm: this.#realm })
    return failed
  }

  #within<T>(promise: Promise<T>, what: string): Promise<T> {
    const { clock, limits } = this.#context
    return withDeadline(promise, limits.decisionMs, clock, what)
  }

  #fail(error: unknown, { action, uri }: Question): Decision {
    const details = { error, action, uri, realm: this.#realm }
    this.#context.log('error', 'the authorizer failed; denied', details)
    return failed
  }
}
