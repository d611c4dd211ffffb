import type { Clock } from '../clock.ts'
import type { Decision, Match } from './access.ts'
import type { Claim, Claims } from './claims.ts'
import { withDeadline } from './deadline.ts'
import type { Gate } from './gate.ts'
import { Invocation } from './invocation.ts'
import type { Limits } from './limits.ts'
import type { EngineLog } from './log.ts'
import type { Peer } from './peer.ts'
import type { Registration } from './registration.ts'
import { replyDenied, replyError } from './replies.ts'
import { violation, type WampUri } from './wire/errors.ts'
import { Sequence } from './wire/id.ts'
import {
  CALL,
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
  type Message,
  type Register,
  type Unregister,
  type Yield,
} from './wire/message.ts'
import { checkUri, isReserved } from './wire/uri.ts'

/** What a dealer needs of the place it lives in. */
export interface DealerContext {
  readonly clock: Clock
  readonly limits: Limits
  readonly log: EngineLog
}

/**
 * Routes calls to callees. What a method returns is a promise only when the right had to be asked for elsewhere;
 * the caller's later messages wait for it, so that calls keep their order
 * (rfc/text/basic/security_model.md, Message Ordering).
 */
export class Dealer {
  readonly #gate: Gate
  readonly #strict: boolean
  readonly #claims: Claims
  readonly #context: DealerContext
  readonly #registrationIds = new Sequence()
  readonly #registrations = new Map<string, Registration>()
  /** Procedures whose claim is under way. */
  readonly #claiming = new Set<string>()

  constructor(gate: Gate, strict: boolean, claims: Claims, context: DealerContext) {
    this.#gate = gate
    this.#strict = strict
    this.#claims = claims
    this.#context = context
  }

  /** Procedures that are registered now. */
  get registrations(): ReadonlyMap<string, Registration> {
    return this.#registrations
  }

  /** REGISTER. The right comes before the look: a denied peer does not learn what is registered. */
  register(callee: Peer, message: Register): void | Promise<void> {
    const { procedure, request, options } = message
    const match = (options['match'] as Match | undefined) ?? 'exact'
    const fault = checkUri(procedure, { strict: this.#strict, match })
    if (fault !== undefined || isReserved(procedure)) {
      const reason = fault ?? 'the first component "wamp" is reserved'
      return replyError(callee, REGISTER, request, 'wamp.error.invalid_uri', reason)
    }
    const decision = this.#gate.decide(callee, 'register', procedure, match, options)
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
    this.#gate.record(decision)
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
    const { ledger } = callee
    const { limits } = this.#context
    if (ledger.registrations.size + ledger.claims >= limits.registrations) {
      const text = `more than ${limits.registrations} registrations in one session`
      return replyError(callee, REGISTER, request, 'wamp.error.unavailable', text)
    }
    this.#claim(callee, request, procedure)
  }

  #claim(callee: Peer, request: number, procedure: string): void {
    let claim: boolean | Promise<boolean>
    try {
      claim = this.#claims.claim(exclusive(procedure), callee)
    } catch (error) {
      return this.#unclaimable(callee, request, procedure, error)
    }
    if (!(claim instanceof Promise)) return this.#claimed(callee, request, procedure, claim)
    this.#claiming.add(procedure)
    callee.ledger.claims++
    void this.#awaitClaim(callee, request, procedure, claim)
  }

  async #awaitClaim(
    callee: Peer,
    request: number,
    procedure: string,
    claim: Promise<boolean>,
  ): Promise<void> {
    const { clock, limits } = this.#context
    try {
      const granted = await withDeadline(claim, limits.claimMs, clock, 'the claim')
      this.#endClaim(callee, procedure)
      if (!callee.gone) this.#claimed(callee, request, procedure, granted)
      else if (granted) this.#release(procedure, callee)
    } catch (error) {
      this.#endClaim(callee, procedure)
      if (!callee.gone) this.#unclaimable(callee, request, procedure, error)
      // What is granted after all belongs to nobody.
      claim.then(
        (granted) => granted && this.#release(procedure, callee),
        () => undefined,
      )
    }
  }

  #endClaim(callee: Peer, procedure: string): void {
    this.#claiming.delete(procedure)
    callee.ledger.claims--
  }

  #claimed(callee: Peer, request: number, procedure: string, granted: boolean): void {
    if (!granted) {
      return replyError(callee, REGISTER, request, 'wamp.error.procedure_already_exists')
    }
    const registration = { id: this.#registrationIds.next(), procedure, callee }
    this.#registrations.set(procedure, registration)
    callee.ledger.registrations.set(registration.id, registration)
    callee.send({ type: REGISTERED, request, registration: registration.id })
  }

  /** Why others cannot be asked is for the log: it may name parts of the house. */
  #unclaimable(callee: Peer, request: number, procedure: string, error: unknown): void {
    this.#context.log('error', 'a procedure could not be claimed', { error, procedure })
    const text = 'the procedure cannot be claimed now'
    replyError(callee, REGISTER, request, 'wamp.error.unavailable', text)
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
    this.#release(procedure, callee)
  }

  #release(procedure: string, callee: Peer): void {
    try {
      this.#claims.release(exclusive(procedure), callee)
    } catch (error) {
      this.#context.log('error', 'a procedure could not be released', { error, procedure })
    }
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
    )
    if (decision === undefined) {
      const fault = checkUri(procedure, { strict: this.#strict })
      if (fault !== undefined) {
        return replyError(caller, CALL, request, 'wamp.error.invalid_uri', fault)
      }
      const { options, payload } = message
      decision = this.#gate.decideAndKeep(caller, 'call', procedure, options, payload)
    }
    if (decision instanceof Promise) {
      return decision.then((decided) => this.#invoke(caller, message, decided))
    }
    return this.#invoke(caller, message, decision)
  }

  #invoke(caller: Peer, message: Call, decision: Decision): void | Promise<void> {
    if (caller.gone) return
    this.#gate.record(decision)
    const { request, procedure } = message
    if (!decision.allow) return replyDenied(caller, CALL, request, decision)
    const registration = this.#registrations.get(procedure)
    if (registration === undefined) return replyNoProcedure(caller, message)
    const disclosed = message.options['disclose_me'] === true
    if (disclosed && decision.disclose === false) {
      return replyError(caller, CALL, request, 'wamp.error.option_disallowed.disclose_me')
    }
    const { limits } = this.#context
    if (caller.ledger.calls.size >= limits.calls) {
      const text = `more than ${limits.calls} calls in flight in one session`
      return replyError(caller, CALL, request, 'wamp.error.unavailable', text)
    }
    // A congested callee is answered for at once; queueing would only turn its delay into the caller's timeout.
    if (registration.callee.congested) {
      const text = 'the callee does not take its messages'
      return replyError(caller, CALL, request, 'wamp.error.network_failure', text)
    }
    const details = decision.disclose === true || disclosed ? callerDetails(caller) : emptyDict
    if (decision.consume === undefined) return this.#send(caller, message, registration, details)
    const denial = this.#gate.consume(decision)
    if (!(denial instanceof Promise)) {
      return this.#sendCounted(caller, message, registration, details, denial)
    }
    return denial.then((denied) =>
      this.#sendCounted(caller, message, registration, details, denied),
    )
  }

  /** After a use was counted: much may have changed while it was. */
  #sendCounted(
    caller: Peer,
    message: Call,
    registration: Registration,
    details: Dict,
    denial: Decision | undefined,
  ): void {
    if (caller.gone) return
    if (denial !== undefined) return replyDenied(caller, CALL, message.request, denial)
    if (this.#registrations.get(registration.procedure) !== registration) {
      return replyNoProcedure(caller, message)
    }
    this.#send(caller, message, registration, details)
  }

  #send(caller: Peer, message: Call, registration: Registration, details: Dict): void {
    const { callee } = registration
    // The id is drawn when the message is on its way, as a callee's ids have no gaps.
    const id = callee.ledger.invocationIds.upcoming
    const { payload } = message
    const fault = this.#forward(callee, {
      type: INVOCATION,
      request: id,
      registration: registration.id,
      details,
      payload,
    })
    if (fault !== undefined) return replyUnsent(caller, message.request, fault, 'call', 'callee')
    callee.ledger.invocationIds.next()
    new Invocation(id, registration, caller, message.request).begin()
  }

  /** Hands on what another peer wrote. Returns the error for who waits for an answer, if it cannot be. */
  #forward(peer: Peer, message: Message): WampUri | undefined {
    try {
      return peer.send(message) ? undefined : 'wamp.error.payload_size_exceeded'
    } catch (error) {
      this.#context.log('error', 'a message could not be written', { error, type: message.type })
      return 'wamp.error.invalid_argument'
    }
  }

  /** YIELD. Accepted only from the callee that was invoked; late ones of calls that ended are dropped. */
  yield(callee: Peer, message: Yield): void {
    const invocation = this.#answered(callee, message.request, 'YIELD')
    if (invocation === undefined) return
    // Progress was not asked for, as the feature is not offered: the call goes on until its final answer.
    if (message.options['progress'] === true) return
    const { request } = invocation
    const { payload } = message
    this.#answer(invocation, { type: RESULT, request, details: emptyDict, payload })
  }

  /** ERROR in answer to an INVOCATION: goes on to the caller as it is. */
  error(callee: Peer, message: ErrorMessage): void {
    if (message.requestType !== INVOCATION) {
      throw violation(`ERROR.REQUEST.Type is ${message.requestType}, allowed is ${INVOCATION}`)
    }
    const invocation = this.#answered(callee, message.request, 'ERROR')
    if (invocation === undefined) return
    const { request } = invocation
    const { details, error, payload } = message
    this.#answer(invocation, { type: ERROR, requestType: CALL, request, details, error, payload })
  }

  #answer(invocation: Invocation, answer: Message): void {
    invocation.end()
    const { caller, request } = invocation
    const fault = this.#forward(caller, answer)
    if (fault !== undefined) replyUnsent(caller, request, fault, 'answer', 'caller')
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
    const { mode = 'killnowait' } = message.options
    const interruptible = isInterruptible(invocation)
    if (mode === 'kill' && interruptible) return interrupt(invocation, 'kill')
    invocation.end()
    if (mode === 'killnowait' && interruptible) interrupt(invocation, 'killnowait')
    replyError(caller, CALL, message.request, 'wamp.error.canceled')
  }

  /** The peer is gone: its procedures, its calls and the calls that it was to answer end, all in this step. */
  leave(peer: Peer): void {
    const { registrations, calls, invocations } = peer.ledger
    for (const registration of registrations.values()) this.#drop(registration)
    for (const invocation of calls.values()) {
      invocation.end()
      if (isInterruptible(invocation) && !invocation.interrupted) {
        interrupt(invocation, 'killnowait')
      }
    }
    for (const invocation of invocations.values()) {
      invocation.end()
      const { caller, request } = invocation
      replyError(caller, CALL, request, 'wamp.error.canceled', 'the callee is gone')
    }
  }
}

function isInterruptible({ callee }: Invocation): boolean {
  return callee.features.has('callee.call_canceling')
}

function interrupt(invocation: Invocation, mode: string): void {
  invocation.interrupted = true
  invocation.callee.send({ type: INTERRUPT, request: invocation.id, options: { mode } })
}

function replyNoProcedure(caller: Peer, { request, procedure }: Call): void {
  const text = `no callee is registered for ${procedure}`
  replyError(caller, CALL, request, 'wamp.error.no_such_procedure', text)
}

/** Answers for a message that could not be handed on. Short, as the caller may take but 512 bytes. */
function replyUnsent(
  caller: Peer,
  request: number,
  fault: WampUri,
  what: 'call' | 'answer',
  receiver: 'callee' | 'caller',
): void {
  const text =
    fault === 'wamp.error.payload_size_exceeded'
      ? `the ${what} is longer than the ${receiver} takes`
      : `the ${what} cannot be written for the ${receiver}`
  replyError(caller, CALL, request, fault, text)
}

/** The one way in which a procedure can be held now. */
function exclusive(procedure: string): Claim {
  return { procedure, match: 'exact', invoke: 'single' }
}

/** Who calls, set by the router alone (rfc/text/advanced/rpc_caller_identification.md). */
function callerDetails(caller: Peer): Dict {
  const { authid, authrole } = caller.principal
  return { caller: caller.id, caller_authid: authid, caller_authrole: authrole }
}
