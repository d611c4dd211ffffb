import type { Clock } from '../clock.ts'
import type { Decision } from './access.ts'
import { Answers } from './answers.ts'
import { attributesOf } from './attributes.ts'
import { decideAnew, denialOf } from './call-right.ts'
import { noWishes, readCallOptions, type CallWishes, type Refusal } from './call-options.ts'
import type { Claims } from './claims.ts'
import { Dispatcher } from './dispatcher.ts'
import { EndedStreams } from './ended-streams.ts'
import type { EndpointRight } from './endpoint-right.ts'
import { isUndecided } from './decisions.ts'
import type { Gate } from './gate.ts'
import { Invocation } from './invocation.ts'
import type { Limits } from './limits.ts'
import type { EngineLog } from './log.ts'
import type { RegistrationObserver } from './observers.ts'
import { misfit } from './misfit.ts'
import type { OwnProcedure } from './own-procedure.ts'
import { OwnProcedures } from './own-procedures.ts'
import { usesPassthru } from './passthru.ts'
import type { Peer } from './peer.ts'
import { Registrar } from './registrar.ts'
import type { Registration } from './registration.ts'
import type { Registrations } from './registrations.ts'
import { replyDenied, replyError } from './replies.ts'
import type { Tolerance } from './tolerance.ts'
import { violation } from './wire/errors.ts'
import { found } from './wire/found.ts'
import {
  CALL,
  CANCEL,
  emptyDict,
  type Call,
  type Cancel,
  type Dict,
  type ErrorMessage,
  type Register,
  type Unregister,
  type Yield,
} from './wire/message.ts'
import { checkUri } from './wire/uri.ts'

/** What a dealer needs of the place it lives in. */
export interface DealerContext {
  readonly gate: Gate
  readonly strictUris: boolean
  readonly claims: Claims
  readonly tolerance: Tolerance
  /** Names below these reach only those patterns that name them: see `PatternIndex`. */
  readonly reservedRoots: readonly string[]
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
  readonly #context: DealerContext
  readonly #registrar: Registrar
  readonly #dispatcher: Dispatcher
  readonly #answers: Answers
  readonly #own: OwnProcedures
  /** Procedures that are registered now. */
  readonly registrations: Registrations

  constructor(context: DealerContext) {
    this.#context = context
    this.#dispatcher = new Dispatcher(context)
    this.#answers = new Answers(this.#dispatcher, context)
    this.#registrar = new Registrar({
      ...context,
      changed: (registration) => this.#dispatcher.drain(registration),
      fallen: (registration, callee, right) => this.#fallen(registration, callee, right),
    })
    this.#own = new OwnProcedures(context)
    this.registrations = this.#registrar.registrations
  }

  /** Who is told, from now on, when somebody registers or ceases to. */
  observe(observer: RegistrationObserver): void {
    this.#registrar.observe(observer)
  }

  /**
   * Answers a procedure under `wamp.` by the router itself.
   * @throws Error for a name that is not under `wamp`, or is served already
   */
  serve(procedure: string, handle: OwnProcedure): void {
    this.#own.serve(procedure, handle)
  }

  register(callee: Peer, message: Register): void | Promise<void> {
    return this.#registrar.register(callee, message)
  }

  unregister(callee: Peer, message: Unregister): void {
    this.#registrar.unregister(callee, message)
  }

  /** Takes a registration away from one of its callees; see `Registrar.revoke`. `false`: it is none of its callees. */
  revoke(registration: Registration, callee: Peer, reason: string): boolean {
    return this.#registrar.revoke(registration, callee, reason)
  }

  /**
   * Looks at once whether a peer may still offer what it does, and go on with what it has called. A call whose right
   * has fallen is answered with its denial.
   */
  reassess(peer: Peer): void {
    this.#registrar.reassess(peer)
    const { gate } = this.#context
    // Of many calls of the same, and an authorizer that is asked elsewhere, one question is enough.
    const asked = new Map<string, Decision | Promise<Decision>>()
    const ask = (open: Invocation): Decision | Promise<Decision> => {
      if (open.wishes.attributes !== undefined) return decideAnew(open, gate)
      const known = asked.get(open.procedure) ?? decideAnew(open, gate)
      asked.set(open.procedure, known)
      return known
    }
    for (const invocation of peer.ledger.openCalls()) {
      const denial = denialOf(invocation, gate, ask)
      if (denial instanceof Promise) void denial.then((denied) => this.#end(invocation, denied))
      else this.#end(invocation, denial)
    }
  }

  /** Ends a call whose right was withdrawn. What could not be decided was not. */
  #end(invocation: Invocation, denial: Decision | undefined): void {
    if (denial === undefined || isUndecided(denial) || !invocation.isOpen) return
    this.#dispatcher.deny(invocation, denial)
  }

  /** A callee may no longer offer a procedure: what it was asked by that right is not to be answered by it. */
  #fallen(registration: Registration, callee: Peer, right: EndpointRight): void {
    for (const invocation of callee.ledger.openInvocations()) {
      if (invocation.endpoint?.right !== right) continue
      // As if it had left: its right is no business of the caller's.
      this.#dispatcher.fail(invocation, 'wamp.error.canceled', 'the callee is gone')
    }
    this.#dispatcher.drain(registration)
  }

  /** CALL. Routes to one callee, once the caller's right to it is known. */
  call(caller: Peer, message: Call): void | Promise<void> {
    const { procedure, request, options } = message
    const { ledger } = caller
    const open = ledger.calls.get(request)
    if (open !== undefined) return this.#continue(caller, message, open)
    if (ledger.endedStreams !== undefined && isLatePart(message, ledger.endedStreams)) return
    const wishes = options === emptyDict ? noWishes : this.#read(caller, message)
    if (wishes === undefined) return
    const now = this.#context.gate.now()
    const decision = this.#decide(caller, message, wishes.attributes, now)
    if (decision === undefined) {
      const fault = checkUri(procedure, { strict: this.#context.strictUris })
      return this.#refuse(caller, message, { error: 'wamp.error.invalid_uri', text: fault ?? '' })
    }
    if (decision instanceof Promise) {
      return decision.then((decided) =>
        this.#invoke(caller, message, wishes, decided, this.#context.gate.now()),
      )
    }
    return this.#invoke(caller, message, wishes, decision, now)
  }

  /** What the caller may do; `undefined`: the URI is none. */
  #decide(
    caller: Peer,
    message: Call,
    attributes: Dict | undefined,
    now: number,
  ): Decision | Promise<Decision> | undefined {
    const { procedure, options, payload } = message
    const { gate, strictUris } = this.#context
    const known = attributes === undefined ? gate.known(caller, 'call', procedure, now) : undefined
    if (known !== undefined) return known
    if (checkUri(procedure, { strict: strictUris }) !== undefined) return undefined
    if (attributes !== undefined) {
      return gate.decide(caller, 'call', procedure, 'exact', options, payload, true)
    }
    return gate.decideAndKeep(caller, 'call', procedure, options, payload)
  }

  #read(caller: Peer, message: Call): CallWishes | undefined {
    const { clock, limits, tolerance } = this.#context
    const wishes = readCallOptions(message.options, caller, limits, tolerance)
    if (message.options['progress'] === true) {
      const { endedStreams, streamGraceMs } = limits
      caller.ledger.endedStreams ??= new EndedStreams(endedStreams, streamGraceMs, clock)
    }
    if (!('error' in wishes)) return wishes
    this.#refuse(caller, message, wishes)
  }

  /** Answers for a call that never began. Further parts of it may be under way. */
  #refuse(caller: Peer, { options, request }: Call, { error, text }: Refusal): void {
    if (options['progress'] === true) caller.ledger.endedStreams?.add(request, false)
    replyError(caller, CALL, request, error, text)
  }

  #invoke(
    caller: Peer,
    message: Call,
    wishes: CallWishes,
    decision: Decision,
    now: number,
  ): void | Promise<void> {
    if (caller.gone) return
    const { gate } = this.#context
    const { request, procedure } = message
    gate.applied(caller, 'call', procedure, decision)
    if (!decision.allow) {
      if (wishes.inParts) caller.ledger.endedStreams?.add(request, false)
      return replyDenied(caller, CALL, request, decision)
    }
    const registration = this.registrations.best(procedure)
    if (registration === undefined) return this.#callOwn(caller, message, decision)
    const refusal = this.#refusalOf(caller, message, wishes, decision)
    if (refusal !== undefined) return this.#refuse(caller, message, refusal)
    const invocation = new Invocation(caller, message, registration, decision, wishes)
    if (decision.consume === undefined) return this.#dispatcher.dispatch(invocation, now)
    // A use is counted only for a call that can go out.
    if (!this.#dispatcher.isPossible(invocation, now)) return
    const denial = gate.consume(decision)
    if (!(denial instanceof Promise)) return this.#sendCounted(invocation, denial)
    return denial.then((denied) => this.#sendCounted(invocation, denied))
  }

  #callOwn(caller: Peer, message: Call, decision: Decision): void | Promise<void> {
    const { procedure, options } = message
    const handle = this.#own.get(procedure)
    if (handle === undefined) {
      const text = `no callee is registered for ${procedure}`
      return this.#refuse(caller, message, { error: 'wamp.error.no_such_procedure', text })
    }
    if (options['progress'] === true || usesPassthru(options)) {
      const text = `${procedure} takes neither calls in parts nor payload passthru mode`
      return this.#refuse(caller, message, { error: 'wamp.error.feature_not_supported', text })
    }
    if (decision.consume === undefined) return this.#own.answer(handle, caller, message)
    const answer = (denied: Decision | undefined): void | Promise<void> => {
      if (caller.gone) return
      if (denied !== undefined) return replyDenied(caller, CALL, message.request, denied)
      return this.#own.answer(handle, caller, message)
    }
    const denial = this.#context.gate.consume(decision)
    return denial instanceof Promise ? denial.then(answer) : answer(denial)
  }

  #refusalOf(
    caller: Peer,
    { payload }: Call,
    { discloseMe, passthru }: CallWishes,
    decision: Decision,
  ): Refusal | undefined {
    if (discloseMe && decision.disclose === false) {
      const text = 'the realm does not let this caller disclose itself'
      return { error: 'wamp.error.option_disallowed.disclose_me', text }
    }
    if (decision.validate !== undefined) {
      const { validate } = decision
      const text = misfit(validate, validate.call, payload, passthru ?? emptyDict)
      if (text !== undefined) return { error: 'wamp.error.invalid_argument', text }
    }
    const { calls } = this.#context.limits
    if (caller.ledger.calls.size >= calls) {
      const text = `more than ${calls} calls in flight in one session`
      return { error: 'wamp.error.unavailable', text }
    }
    return undefined
  }

  /** After a use was counted: much may have changed while it was. */
  #sendCounted(invocation: Invocation, denial: Decision | undefined): void {
    const { caller, registration, request } = invocation
    if (caller.gone) return
    if (denial !== undefined) {
      invocation.end()
      return replyDenied(caller, CALL, request, denial)
    }
    if (this.registrations.byId(registration.id) === registration) {
      return this.#dispatcher.dispatch(invocation, this.#context.gate.now())
    }
    const text = `no callee is registered for ${invocation.procedure}`
    this.#dispatcher.refuse(invocation, 'wamp.error.no_such_procedure', text)
  }

  /** A further part of a call that is open (rfc/text/advanced/rpc_progressive_call_invocations.md). */
  #continue(caller: Peer, message: Call, open: Invocation): void | Promise<void> {
    if (!open.expectsParts) {
      const { request } = message
      throw violation(`CALL.Request ${request} is in use by a call that is not answered yet`)
    }
    if (message.procedure !== open.procedure) {
      throw violation(`CALL.Procedure of a further part is not ${open.procedure}`)
    }
    // A use that was counted is good for all parts; any other right is asked about again, as it may have fallen.
    if (open.decision.consume !== undefined) return this.#sendPart(message, open, open.decision)
    const now = this.#context.gate.now()
    const attributes = attributesOf(message.options)
    const decision = this.#decide(caller, message, attributes, now) ?? open.decision
    if (!(decision instanceof Promise)) return this.#sendPart(message, open, decision)
    return decision.then((decided) => this.#sendPart(message, open, decided))
  }

  #sendPart(message: Call, open: Invocation, decision: Decision): void {
    const { caller, request } = open
    const { ledger } = caller
    if (caller.gone) return
    if (!open.isOpen) {
      if (message.options['progress'] !== true) ledger.endedStreams?.add(request, true)
      return
    }
    if (!decision.allow) return this.#dispatcher.deny(open, decision)
    this.#context.gate.applied(caller, 'call', open.procedure, decision)
    const { validate } = decision
    if (validate !== undefined) {
      const sealed = open.wishes.passthru ?? emptyDict
      const fault = misfit(validate, validate.callProgress, message.payload, sealed)
      if (fault !== undefined) {
        return this.#dispatcher.fail(open, 'wamp.error.invalid_argument', fault)
      }
    }
    this.#dispatcher.sendPart(open, message, decision)
  }

  yield(callee: Peer, message: Yield): void | Promise<void> {
    return this.#answers.yield(callee, message)
  }

  error(callee: Peer, message: ErrorMessage): void {
    this.#answers.error(callee, message)
  }

  /** CANCEL. Mode `kill` waits for the callee's own answer; the others answer at once. */
  cancel(caller: Peer, message: Cancel): void {
    const { request } = message
    const invocation = caller.ledger.calls.get(request)
    if (invocation === undefined || invocation.interrupted) return
    const { mode = 'killnowait' } = message.options
    if (mode !== 'skip' && mode !== 'kill' && mode !== 'killnowait') {
      const text = `CANCEL.Options.mode is ${found(mode)}, it must be one of skip, kill, killnowait`
      return replyError(caller, CANCEL, request, 'wamp.error.invalid_argument', text)
    }
    const { endpoint } = invocation
    if (mode === 'kill' && endpoint !== undefined) {
      if (this.#dispatcher.interrupt(invocation, endpoint, 'kill')) return
    }
    this.#dispatcher.end(invocation)
    if (mode === 'killnowait' && endpoint !== undefined) {
      this.#dispatcher.interrupt(invocation, endpoint, 'killnowait')
    }
    replyError(caller, CALL, request, 'wamp.error.canceled')
  }

  /**
   * The peer has lost its transport and may come back. What it was asked may never have reached it, so who asked is
   * answered at once; its own calls go on, and its procedures stay.
   */
  detach(callee: Peer): void {
    for (const invocation of callee.ledger.invocations.values()) {
      this.#dispatcher.fail(invocation, 'wamp.error.canceled', 'the callee is gone')
    }
  }

  /** The peer is gone: its calls, its procedures and the calls that it was to answer end, all in this step. */
  leave(peer: Peer): void {
    const { ledger } = peer
    const freed = new Set<Registration>()
    for (const invocation of ledger.calls.values()) {
      const { endpoint } = invocation
      invocation.end()
      if (endpoint === undefined) continue
      this.#dispatcher.interrupt(invocation, endpoint, 'killnowait')
      if (endpoint.concurrency !== Infinity) freed.add(endpoint.registration)
    }
    ledger.endedStreams = undefined
    const tellObservers = this.#registrar.leave(peer)
    for (const invocation of ledger.invocations.values()) {
      invocation.end()
      const { caller, request } = invocation
      replyError(caller, CALL, request, 'wamp.error.canceled', 'the callee is gone')
    }
    for (const registration of freed) this.#dispatcher.drain(registration)
    tellObservers()
  }
}

/** Whether a CALL belongs to a call in parts that has ended. After the last part only parts do. */
function isLatePart({ request, options }: Call, ended: EndedStreams): boolean {
  const isLast = options['progress'] !== true
  if (!ended.has(request, isLast)) return false
  if (isLast) ended.add(request, true)
  return true
}
