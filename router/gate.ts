import type { Clock } from '../clock.ts'
import type { Action, Authorizer, Decision, Match } from './access.ts'
import type { EngineLog } from './log.ts'
import type { Peer } from './peer.ts'
import { emptyDict, type Dict } from './wire/message.ts'
import { Payload } from './wire/payload.ts'

/** The authorizer broke: the answer is no. */
const failed: Decision = { allow: false, reason: 'wamp.error.authorization_failed' }
/** Nobody had an opinion: the answer is no. */
const unheard: Decision = { allow: false }

/**
 * Asks the realm's authorizer, and keeps its answers with the session. Fails closed: what throws denies.
 * An answer that is known costs no promise.
 */
export class Gate {
  readonly #realm: string
  readonly #authorizer: Authorizer
  readonly #clock: Clock
  readonly #log: EngineLog

  constructor(realm: string, authorizer: Authorizer, clock: Clock, log: EngineLog) {
    this.#realm = realm
    this.#authorizer = authorizer
    this.#clock = clock
    this.#log = log
  }

  now(): number {
    return this.#clock.now()
  }

  /** A decision made before that still holds: its URI was found well-formed then. */
  known(peer: Peer, action: Action, uri: string, match: Match): Decision | undefined {
    return peer.ledger.decisions.get(action, uri, match, this.#clock.now())
  }

  /** Decides anew, and keeps the decision where its maker allows that. */
  decide(
    peer: Peer,
    action: Action,
    uri: string,
    match: Match = 'exact',
    options: Dict = emptyDict,
    payload: Payload = Payload.empty,
  ): Decision | Promise<Decision> {
    let opinion: ReturnType<Authorizer>
    try {
      opinion = this.#authorizer({
        action,
        uri,
        match,
        options,
        realm: this.#realm,
        session: peer.id,
        principal: peer.principal,
        peer: peer.facts,
        payload,
      })
    } catch (error) {
      return this.#fail(error, action, uri)
    }
    if (!(opinion instanceof Promise)) return this.#keep(peer, action, uri, match, opinion)
    return opinion.then(
      (decision) => this.#keep(peer, action, uri, match, decision),
      (error: unknown) => this.#fail(error, action, uri),
    )
  }

  #keep(
    peer: Peer,
    action: Action,
    uri: string,
    match: Match,
    opinion: Decision | undefined,
  ): Decision {
    const decision = opinion ?? unheard
    peer.ledger.decisions.keep(action, uri, match, decision)
    return decision
  }

  #fail(error: unknown, action: Action, uri: string): Decision {
    this.#log('error', 'the authorizer failed; denied', { error, action, uri, realm: this.#realm })
    return failed
  }
}
