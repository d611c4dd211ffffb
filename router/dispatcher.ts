import type { Clock } from '../clock.ts'
import type { Decision } from './access.ts'
import { Agenda } from './agenda.ts'
import { noWishes } from './call-options.ts'
import { denialOf } from './call-right.ts'
import { CallTimeout, type CallTimeouts } from './call-timeout.ts'
import type { Endpoint } from './endpoint.ts'
import { forward, replyUnsent } from './forwarding.ts'
import { failed, type Gate } from './gate.ts'
import { invocationDetails } from './invocation-details.ts'
import type { Invocation } from './invocation.ts'
import { pickEndpoint, type Suits } from './invoke-policies.ts'
import type { Limits } from './limits.ts'
import type { EngineLog } from './log.ts'
import { takesParts } from './progress.ts'
import type { Registration } from './registration.ts'
import { replyDenied, replyError } from './replies.ts'
import type { Tolerance } from './tolerance.ts'
import type { WampUri } from './wire/errors.ts'
import { Constant } from './wire/constant.ts'
import { CALL, emptyDict, INTERRUPT, INVOCATION, type Call, type Dict } from './wire/message.ts'

/** What a dispatcher needs of the place it lives in. */
export interface DispatcherContext {
  readonly gate: Gate
  readonly clock: Clock
  readonly limits: Limits
  readonly log: EngineLog
  readonly tolerance: Tolerance
}

/** Brings calls to callees: to the one whose turn it is, to the next where that one cannot, or lets them wait. */
export class Dispatcher {
  readonly #context: DispatcherContext
  readonly #timeouts: CallTimeouts<Invocation>

  constructor(context: DispatcherContext) {
    this.#context = context
    const { clock } = context
    const agenda = new Agenda(clock)
    const expired = (call: Invocation, ms: number): void =>
      this.fail(call, 'wamp.error.timeout', `the call took longer than ${ms} ms`)
    this.#timeouts = { clock, agenda, expired }
  }

  /** Whether a callee can take the call, or it can wait for one; if not, its caller is answered. */
  isPossible(invocation: Invocation, now: number): boolean {
    const picked = pickEndpoint(invocation.registration, now, suitsOf(invocation))
    if (typeof picked !== 'string' || picked === 'busy') return true
    this.#refuseFor(invocation, picked)
    return false
  }

  /** Sends the call to the callee whose turn it is. */
  dispatch(invocation: Invocation, now: number): void {
    const picked = pickEndpoint(invocation.registration, now, suitsOf(invocation))
    if (typeof picked !== 'string') this.#send(invocation, picked)
    else if (picked === 'busy') this.#wait(invocation)
    else this.#refuseFor(invocation, picked)
  }

  #send(invocation: Invocation, endpoint: Endpoint): void {
    const { caller, payload, request } = invocation
    if (payload === undefined) throw new Error(`call ${request} was let go before it was sent`)
    const { callee, registration } = endpoint
    const { gate, limits, log, tolerance } = this.#context
    const { decision } = invocation
    let attested: Dict | undefined = emptyDict
    if (decision.attest !== undefined) {
      // At its first sending, as a call may wait for long and what is signed may not; other callees get the same.
      const message = { payload, uri: invocation.procedure }
      attested = invocation.attested ?? gate.attest(decision, message)
      if (attested === undefined) return this.deny(invocation, failed)
      invocation.attested = attested
    }
    const said = invocationDetails(invocation, endpoint, tolerance, attested)
    const constant = said instanceof Constant ? said : undefined
    // The id is drawn when the message is on its way, as a callee's ids have no gaps.
    const id = callee.ledger.invocationIds.upcoming
    const fault = forward(
      callee,
      {
        type: INVOCATION,
        request: id,
        registration: registration.id,
        details: constant?.value ?? (said as Dict),
        constant,
        payload,
      },
      log,
    )
    if (fault !== undefined) {
      invocation.end()
      return replyUnsent(caller, request, fault, 'call', 'callee')
    }
    callee.ledger.invocationIds.next()
    invocation.begin(id, endpoint)
    if (invocation.wishes.timeoutMs > 0 && !endpoint.forwardsTimeout) this.#arm(invocation)
    if (registration.invoke === 'single') return invocation.letGo()
    registration.turn(endpoint)
    // A call that is not kept cannot be sent to another callee.
    if (!invocation.keep(limits.keptCallBytes)) invocation.letGo()
  }

  /** Each callee has as many calls as it wants: the call waits in its turn, as long as there is room. */
  #wait(invocation: Invocation): void {
    const { registration, wishes } = invocation
    const { limits } = this.#context
    if (wishes.inParts) {
      const text = 'each callee has as many calls as it takes, and a call in parts does not wait'
      return this.refuse(invocation, 'wamp.error.unavailable', text)
    }
    if (registration.waitingCount >= limits.waitingCalls) {
      const text = `more than ${limits.waitingCalls} calls wait for ${registration.procedure}`
      return this.refuse(invocation, 'wamp.error.unavailable', text)
    }
    if (!invocation.keep(limits.keptCallBytes)) {
      const text = `more than ${limits.keptCallBytes} bytes are kept of calls of one session`
      return this.refuse(invocation, 'wamp.error.unavailable', text)
    }
    invocation.wait()
    if (wishes.timeoutMs > 0) this.#arm(invocation)
  }

  #refuseFor(invocation: Invocation, why: 'congested' | 'withdrawn' | 'unsuited'): void {
    if (why === 'congested') {
      // Answered for at once; queueing would only turn the callee's delay into the caller's timeout.
      const text = 'the callee does not take its messages'
      this.refuse(invocation, 'wamp.error.network_failure', text)
    } else if (invocation.refused !== undefined) {
      this.refuse(invocation, 'wamp.error.no_available_callee', 'no callee is available')
    } else if (why === 'withdrawn') {
      // As if it had left: its right is no business of the caller's.
      const text = `no callee is registered for ${invocation.procedure}`
      this.refuse(invocation, 'wamp.error.no_such_procedure', text)
    } else {
      const what = invocation.wishes.inParts ? 'calls in parts' : 'payload passthru mode'
      const text = `no callee of ${invocation.procedure} takes ${what}`
      this.refuse(invocation, 'wamp.error.feature_not_supported', text)
    }
  }

  /** Ends a call that no callee has, and answers its caller. */
  refuse(invocation: Invocation, error: WampUri, text: string): void {
    invocation.end()
    replyError(invocation.caller, CALL, invocation.request, error, text)
  }

  /** A callee takes one more call, or there is one more callee, or one less: those who wait may go on. */
  drain(registration: Registration): void {
    if (registration.waitingCount === 0) return
    const now = this.#context.clock.now()
    for (const invocation of registration.waiting) {
      if (registration.callees.size === 0) {
        const text = `no callee is registered for ${invocation.procedure} any more`
        this.refuse(invocation, 'wamp.error.no_such_procedure', text)
        continue
      }
      const suits = suitsOf(invocation)
      const picked = pickEndpoint(registration, now, suits)
      if (picked === 'busy') {
        if (suits === undefined) return
        continue
      }
      registration.waiting.delete(invocation)
      if (typeof picked === 'string') this.#refuseFor(invocation, picked)
      else this.#unlessDenied(invocation, () => this.#send(invocation, picked))
    }
  }

  /** Time has passed since the call was allowed. Where the right must be asked for elsewhere, it is in no queue. */
  #unlessDenied(invocation: Invocation, goOn: () => void): void {
    const denial = denialOf(invocation, this.#context.gate)
    if (denial === undefined) return goOn()
    if (!(denial instanceof Promise)) return this.deny(invocation, denial)
    void denial.then((denied) => {
      if (!invocation.isOpen) return
      if (denied !== undefined) return this.deny(invocation, denied)
      if (invocation.registration.callees.size === 0)
        return this.#refuseFor(invocation, 'withdrawn')
      this.dispatch(invocation, this.#context.clock.now())
    })
  }

  /** The callee said it is unavailable: the next one is asked, each once (rfc/text/advanced/rpc_call_rerouting.md). */
  reroute(invocation: Invocation, endpoint: Endpoint): void {
    invocation.leaveCallee()
    invocation.refuse(endpoint)
    if (invocation.payload === undefined) this.#refuseFor(invocation, 'unsuited')
    else {
      this.#unlessDenied(invocation, () => this.dispatch(invocation, this.#context.clock.now()))
    }
    this.drain(endpoint.registration)
  }

  /** A further part of a call, to the callee that has the first. */
  sendPart(invocation: Invocation, { options, payload }: Call, decision: Decision): void {
    const { caller, endpoint, request, id } = invocation
    const last = options['progress'] !== true
    invocation.expectsParts = !last
    // What is only in parts there cannot be sent to another callee.
    invocation.letGo()
    if (endpoint === undefined) return this.#refuseFor(invocation, 'unsuited')
    const { callee, registration } = endpoint
    const { gate, log } = this.#context
    if (callee.congested) {
      return this.fail(invocation, 'wamp.error.network_failure', 'the callee is congested')
    }
    const { furtherDetails } = invocation
    const attested = gate.attest(decision, { payload, uri: invocation.procedure })
    if (attested === undefined) return this.deny(invocation, failed)
    const frozen = last ? furtherDetails.last : furtherDetails.part
    const details = attested === emptyDict ? frozen : { ...frozen, ...attested }
    const fault = forward(
      callee,
      { type: INVOCATION, request: id, registration: registration.id, details, payload },
      log,
    )
    if (fault === undefined) return
    this.end(invocation)
    this.interrupt(invocation, endpoint, 'killnowait')
    replyUnsent(caller, request, fault, 'call', 'callee')
  }

  /** Ends a call that a callee has: it is interrupted if it can be, and the caller is answered at once. */
  fail(invocation: Invocation, error: WampUri, text?: string): void {
    const { caller, endpoint, request } = invocation
    this.end(invocation)
    if (endpoint !== undefined) this.interrupt(invocation, endpoint, 'killnowait')
    replyError(caller, CALL, request, error, text)
  }

  /** The right by which the call was allowed has fallen. */
  deny(invocation: Invocation, decision: Decision): void {
    const { caller, endpoint, procedure, request } = invocation
    this.#context.gate.applied(caller, 'call', procedure, decision)
    this.end(invocation)
    if (endpoint !== undefined) this.interrupt(invocation, endpoint, 'killnowait')
    replyDenied(caller, CALL, request, decision)
  }

  /** Both parties forget the call, and who waited for the callee may go on. */
  end(invocation: Invocation): void {
    const { endpoint } = invocation
    invocation.end()
    if (endpoint !== undefined && endpoint.concurrency !== Infinity) {
      this.drain(endpoint.registration)
    }
  }

  /** INTERRUPT goes only to a callee that announced call_canceling: others would drop their session on it. */
  interrupt(invocation: Invocation, { callee }: Endpoint, mode: 'kill' | 'killnowait'): boolean {
    if (invocation.interrupted || !callee.features.has('callee.call_canceling')) return false
    invocation.interrupted = true
    callee.send({ type: INTERRUPT, request: invocation.id, options: { mode } })
    return true
  }

  /** The time of the call begins, if it does not run already. */
  #arm(invocation: Invocation): void {
    const { timeoutMs } = invocation.wishes
    invocation.timeout ??= new CallTimeout(invocation, timeoutMs, this.#timeouts)
  }
}

/** What a callee must be like to get the call; `undefined`: any will do. */
function suitsOf(invocation: Invocation): Suits | undefined {
  const { wishes, refused } = invocation
  if (wishes === noWishes && refused === undefined) return undefined
  const { inParts, passthru } = wishes
  const { shard } = invocation
  if (refused === undefined && !inParts && passthru === undefined && shard === undefined) {
    return undefined
  }
  return (endpoint) =>
    (shard === undefined || endpoint === shard) &&
    (!inParts || takesParts(endpoint.callee)) &&
    (passthru === undefined || endpoint.callee.features.has('callee.payload_passthru_mode')) &&
    refused?.has(endpoint) !== true
}
