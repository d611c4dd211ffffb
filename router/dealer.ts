import type { Decision } from './access.ts'
import { localClaims, type Claims } from './claims.ts'
import type { Gate } from './gate.ts'
import { Invocation } from './invocation.ts'
import type { Limits } from './limits.ts'
import type { Peer } from './peer.ts'
import type { Registration } from './registration.ts'
import { replyDenied, replyError } from './replies.ts'
import { violation, WampError } from './wire/errors.ts'
import { Sequence } from './wire/id.ts'
import {
  CALL,
  CANCEL,
  emptyDict,
  ERROR,
  INTERRUPT,
  INVOCATION,
  REGISTER,
  REGISTERED,
  RESULT,
  UNREGISTER,
  UNREGISTERED,
  type Call,
  type Cancel,
  type Dict,
  type ErrorMessage,
  type Register,
  type Unregister,
  type Yield,
} from './wire/message.ts'
import { checkUri, isReserved } from './wire/uri.ts'

/**
 * Routes calls to callees. What a method returns is a promise only when the right had to be asked for elsewhere;
 * the caller's later messages wait for it, so that calls keep their order
 * (rfc/text/basic/security_model.md, Message Ordering).
 */
export class Dealer {
  readonly #gate: Gate
  readonly #limits: Limits
  readonly #strict: boolean
  readonly #claims: Claims
  readonly #registrationIds = new Sequence()
  readonly #registrations = new Map<string, Registration>()
  /** Procedures whose claim is under way. */
  readonly #claiming = new Set<string>()

  constructor(gate: Gate, limits: Limits, strict: boolean, claims: Claims = localClaims) {
    this.#gate = gate
    this.#limits = limits
    this.#strict = strict
    this.#claims = claims
  }

  /** Procedures that are registered now. */
  get registrations(): ReadonlyMap<string, Registration> {
    return this.#registrations
  }

  /** REGISTER. The right comes before the look: a denied peer does not learn what is registered. */
  register(callee: Peer, message: Register): void | Promise<void> {
    const { procedure, request, options } = message
    const match = (options['match'] as 'exact' | undefined) ?? 'exact'
    const fault = checkUri(procedure, { strict: this.#strict, match })
    if (fault !== undefined || isReserved(procedure)) {
      const reason = fault ?? 'the first component "wamp" is reserved'
      return replyError(callee, REGISTER, request, 'wamp.error.invalid_uri', reason)
    }
    const decision =
      this.#gate.known(callee, 'register', procedure, match) ??
      this.#gate.decide(callee, 'register', procedure, match, options)
    if (decision instanceof Promise) {
      return decision.then((decided) => this.#registerDecided(callee, message, decided))
    }
    this.#registerDecided(callee, message, decision)
  }

  #registerDecided(
    callee: Peer,
    { procedure, request, options }: Register,
    decision: Decision,
  ): void {
    if (callee.gone) return
    decision.record?.()
    if (!decision.allow) return replyDenied(callee, REGISTER, request, decision)
    const unsupported = ['match', 'invoke'].find(
      (key) =>
        options[key] !== undefined && options[key] !== (key === 'match' ? 'exact' : 'single'),
    )
    if (unsupported !== undefined) {
      const text = `${unsupported}=${String(options[unsupported])} is not offered`
      return replyError(callee, REGISTER, request, 'wamp.error.feature_not_supported', text)
    }
    if (this.#registrations.has(procedure) || this.#claiming.has(procedure)) {
      return replyError(callee, REGISTER, request, 'wamp.error.procedure_already_exists')
    }
    if (callee.ledger.registrations.size >= this.#limits.registrations) {
      const text = `more than ${this.#limits.registrations} registrations in one session`
      return replyError(callee, REGISTER, request, 'wamp.error.unavailable', text)
    }
    const claim = this.#claims.claim(procedure, callee)
    if (claim === true) return this.#registered(callee, request, procedure)
    if (claim === false) {
      return replyError(callee, REGISTER, request, 'wamp.error.procedure_already_exists')
    }
    this.#claiming.add(procedure)
    void this.#registerClaimed(callee, request, procedure, claim)
  }

  async #registerClaimed(
    callee: Peer,
    request: number,
    procedure: string,
    claim: Promise<boolean>,
  ): Promise<void> {
    try {
      const granted = await claim
      if (callee.gone) {
        if (granted) this.#claims.release(procedure, callee)
      } else if (granted) {
        this.#registered(callee, request, procedure)
      } else {
        replyError(callee, REGISTER, request, 'wamp.error.procedure_already_exists')
      }
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error)
      if (!callee.gone) replyError(callee, REGISTER, request, 'wamp.error.unavailable', text)
    } finally {
      this.#claiming.delete(procedure)
    }
  }

  #registered(callee: Peer, request: number, procedure: string): void {
    const registration = { id: this.#registrationIds.next(), procedure, callee }
    this.#registrations.set(procedure, registration)
    callee.ledger.registrations.set(registration.id, registration)
    callee.send({ type: REGISTERED, request, registration: registration.id })
  }

  /** UNREGISTER. A registration of another's is as unknown as none. */
  unregister(callee: Peer, message: Unregister): void {
    const registration = callee.ledger.registrations.get(message.registration)
    if (registration === undefined) {
      return replyError(callee, UNREGISTER, message.request, 'wamp.error.no_such_registration')
    }
    this.#drop(registration)
    callee.send({ type: UNREGISTERED, request: message.request })
  }

  #drop(registration: Registration): void {
    const { callee, procedure, id } = registration
    callee.ledger.registrations.delete(id)
    this.#registrations.delete(procedure)
    this.#claims.release(procedure, callee)
  }

  /** CALL. Routes to one callee, once the caller's right to it is known. */
  call(caller: Peer, message: Call): void | Promise<void> {
    const { procedure, request } = message
    if (caller.ledger.calls.has(request)) {
      throw violation(`CALL.Request ${request} is in use by a call that is not answered yet`)
    }
    let decision: Decision | Promise<Decision> | undefined = this.#gate.known(
      caller,
      'call',
      procedure,
      'exact',
    )
    if (decision === undefined) {
      const fault = checkUri(procedure, { strict: this.#strict })
      if (fault !== undefined) {
        return replyError(caller, CALL, request, 'wamp.error.invalid_uri', fault)
      }
      const { options, payload } = message
      decision = this.#gate.decide(caller, 'call', procedure, 'exact', options, payload)
    }
    if (decision instanceof Promise) {
      return decision.then((decided) => this.#invoke(caller, message, decided))
    }
    return this.#invoke(caller, message, decision)
  }

  #invoke(caller: Peer, message: Call, decision: Decision): void | Promise<void> {
    if (caller.gone) return
    decision.record?.()
    const { request, procedure } = message
    if (!decision.allow) return replyDenied(caller, CALL, request, decision)
    const registration = this.#registrations.get(procedure)
    if (registration === undefined) {
      const text = `no callee is registered for ${procedure}`
      return replyError(caller, CALL, request, 'wamp.error.no_such_procedure', text)
    }
    const disclosed = message.options['disclose_me'] === true
    if (disclosed && decision.disclose === false) {
      return replyError(caller, CALL, request, 'wamp.error.option_disallowed.disclose_me')
    }
    if (caller.ledger.calls.size >= this.#limits.calls) {
      const text = `more than ${this.#limits.calls} calls in flight in one session`
      return replyError(caller, CALL, request, 'wamp.error.unavailable', text)
    }
    // A congested callee is answered for at once; queueing would only turn its delay into the caller's timeout.
    if (registration.callee.congested) {
      const text = 'the callee does not take its messages'
      return replyError(caller, CALL, request, 'wamp.error.network_failure', text)
    }
    const details = decision.disclose === true || disclosed ? callerDetails(caller) : emptyDict
    if (decision.consume === undefined) return this.#send(caller, message, registration, details)
    return this.#consume(caller, message, registration, details, decision.consume)
  }

  /** Counts a limited use before the message goes out; who lost the race for the last one is denied. */
  #consume(
    caller: Peer,
    message: Call,
    registration: Registration,
    details: Dict,
    consume: () => void | Promise<void>,
  ): void | Promise<void> {
    const refuse = (error: unknown): void => {
      if (caller.gone) return
      const uri = error instanceof WampError ? error.uri : 'wamp.error.authorization_failed'
      replyError(caller, CALL, message.request, uri)
    }
    try {
      const consumed = consume()
      if (!(consumed instanceof Promise)) return this.#send(caller, message, registration, details)
      return consumed.then(() => {
        if (caller.gone) return
        if (!registration.callee.gone) return this.#send(caller, message, registration, details)
        replyError(caller, CALL, message.request, 'wamp.error.canceled', 'the callee is gone')
      }, refuse)
    } catch (error) {
      refuse(error)
    }
  }

  #send(caller: Peer, message: Call, registration: Registration, details: Dict): void {
    const invocation = new Invocation(registration, caller, message.request)
    const sent = registration.callee.send({
      type: INVOCATION,
      request: invocation.id,
      registration: registration.id,
      details,
      payload: message.payload,
    })
    if (sent) return
    invocation.end()
    const text = 'the call is longer than the callee takes'
    replyError(caller, CALL, message.request, 'wamp.error.payload_size_exceeded', text)
  }

  /** YIELD. Accepted only from the callee that was invoked; late ones of abandoned calls are dropped. */
  yield(callee: Peer, message: Yield): void {
    const invocation = this.#answered(callee, message.request, 'YIELD')
    if (invocation === undefined) return
    // Progress was not asked for, as the feature is not offered: the call goes on until its final answer.
    if (message.options['progress'] === true) return
    invocation.end()
    if (invocation.abandoned) return
    const { caller, request } = invocation
    const sent = caller.send({
      type: RESULT,
      request,
      details: emptyDict,
      payload: message.payload,
    })
    if (!sent) replyTooLong(caller, request)
  }

  /** ERROR in answer to an INVOCATION: goes on to the caller as it is. */
  error(callee: Peer, message: ErrorMessage): void {
    if (message.requestType !== INVOCATION) {
      throw violation(`ERROR.REQUEST.Type is ${message.requestType}, allowed is ${INVOCATION}`)
    }
    const invocation = this.#answered(callee, message.request, 'ERROR')
    if (invocation === undefined) return
    invocation.end()
    if (invocation.abandoned) return
    const { caller, request } = invocation
    const { details, error, payload } = message
    const sent = caller.send({ type: ERROR, requestType: CALL, request, details, error, payload })
    if (!sent) replyTooLong(caller, request)
  }

  /** The invocation that `callee` answers; `undefined` when the answer is late. An id never given out is a lie. */
  #answered(callee: Peer, request: number, what: string): Invocation | undefined {
    const invocation = callee.ledger.invocations.get(request)
    if (invocation === undefined && request > callee.ledger.invocationIds.last) {
      throw violation(`${what} for invocation ${request}, which this session was never sent`)
    }
    return invocation
  }

  /**
   * CANCEL. Mode `kill` waits for the callee's own answer; the others answer at once. INTERRUPT goes only to a
   * callee that announced call_canceling: others would drop their session on it.
   */
  cancel(caller: Peer, message: Cancel): void {
    const invocation = caller.ledger.calls.get(message.request)
    if (invocation === undefined || invocation.interrupted) return
    const mode = message.options['mode'] ?? 'killnowait'
    if (mode !== 'skip' && mode !== 'kill' && mode !== 'killnowait') {
      return replyError(
        caller,
        CANCEL,
        message.request,
        'wamp.error.invalid_argument',
        'CANCEL mode',
      )
    }
    const interruptible = invocation.callee.features.has('callee.call_canceling')
    if (mode === 'kill' && interruptible) {
      interrupt(invocation, 'kill')
      return
    }
    invocation.abandon()
    if (mode === 'killnowait' && interruptible) interrupt(invocation, 'killnowait')
    replyError(caller, CALL, message.request, 'wamp.error.canceled')
  }

  /** The peer is gone: its procedures, its calls and the calls that it was to answer end, all in this step. */
  leave(peer: Peer): void {
    for (const registration of peer.ledger.registrations.values()) this.#drop(registration)
    for (const invocation of peer.ledger.calls.values()) {
      invocation.abandon()
      if (invocation.callee.features.has('callee.call_canceling')) {
        interrupt(invocation, 'killnowait')
      }
    }
    for (const invocation of peer.ledger.invocations.values()) {
      invocation.end()
      if (invocation.abandoned) continue
      const { caller, request } = invocation
      replyError(caller, CALL, request, 'wamp.error.canceled', 'the callee is gone')
    }
  }
}

function interrupt(invocation: Invocation, mode: string): void {
  invocation.interrupted = true
  invocation.callee.send({ type: INTERRUPT, request: invocation.id, options: { mode } })
}

function replyTooLong(caller: Peer, request: number): void {
  const text = 'the answer is longer than the caller takes'
  replyError(caller, CALL, request, 'wamp.error.payload_size_exceeded', text)
}

/** Who calls, set by the router alone (rfc/text/advanced/rpc_caller_identification.md). */
function callerDetails(caller: Peer): Dict {
  const { authid, authrole } = caller.principal
  return { caller: caller.id, caller_authid: authid, caller_authrole: authrole }
}
