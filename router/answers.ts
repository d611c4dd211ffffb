import type { Decision } from './access.ts'
import { withoutAttributes } from './attributes.ts'
import { denialOf } from './call-right.ts'
import type { Dispatcher } from './dispatcher.ts'
import { forward, replyUnsent } from './forwarding.ts'
import type { Gate } from './gate.ts'
import type { Invocation } from './invocation.ts'
import type { EngineLog } from './log.ts'
import { misfit } from './misfit.ts'
import { passthruOf, usesPassthru, withoutPassthru } from './passthru.ts'
import type { Peer } from './peer.ts'
import { isHeard } from './progress.ts'
import { replyError } from './replies.ts'
import type { Tolerance } from './tolerance.ts'
import { violation } from './wire/errors.ts'
import {
  CALL,
  emptyDict,
  ERROR,
  INVOCATION,
  RESULT,
  YIELD,
  type Dict,
  type ErrorMessage,
  type Message,
  type Yield,
} from './wire/message.ts'
import { Payload } from './wire/payload.ts'

/** What answers need of the place they live in. */
export interface AnswersContext {
  readonly gate: Gate
  readonly log: EngineLog
  readonly tolerance: Tolerance
}

const progressed: Dict = { progress: true }

/** What callees say to their invocations, on its way back to the callers. */
export class Answers {
  readonly #dispatcher: Dispatcher
  readonly #context: AnswersContext

  constructor(dispatcher: Dispatcher, context: AnswersContext) {
    this.#dispatcher = dispatcher
    this.#context = context
  }

  /** YIELD. Accepted only from the callee that was invoked; late ones of calls that ended are dropped. */
  yield(callee: Peer, message: Yield): void | Promise<void> {
    const invocation = answered(callee, message.request, 'YIELD')
    if (invocation === undefined) return
    const { options, payload } = message
    if (options !== emptyDict) return this.#yieldWithOptions(callee, invocation, message)
    this.#result(invocation, emptyDict, payload)
  }

  #yieldWithOptions(
    callee: Peer,
    invocation: Invocation,
    { options, payload }: Yield,
  ): void | Promise<void> {
    const { caller, id, wishes } = invocation
    const sealed = usesPassthru(options)
    if (sealed) requirePassthru(callee, 'YIELD.Options')
    const isProgress = options['progress'] === true
    if (isProgress) {
      // Progress that was not asked for, or not announced, is dropped: the call goes on until its final answer.
      if (!isHeard(callee, this.#context.tolerance) || !wishes.receiveProgress) return
    }
    if (sealed && !caller.features.has('caller.payload_passthru_mode')) {
      const text = 'the caller does not take payload passthru mode'
      replyError(callee, YIELD, id, 'wamp.error.feature_not_supported', text)
      if (isProgress) {
        return this.#dispatcher.fail(invocation, 'wamp.error.feature_not_supported', text)
      }
      return this.#end(invocation, 'wamp.error.feature_not_supported', text)
    }
    const details = sealed ? passthruOf(options) : emptyDict
    if (!isProgress) return this.#result(invocation, details, payload)
    const denial = denialOf(invocation, this.#context.gate)
    if (!(denial instanceof Promise)) {
      return this.#progressUnless(denial, invocation, details, payload)
    }
    // The callee's next messages wait for it, so that results keep their order.
    return denial.then((denied) => this.#progressUnless(denied, invocation, details, payload))
  }

  #progressUnless(
    denial: Decision | undefined,
    invocation: Invocation,
    details: Dict,
    payload: Payload,
  ): void {
    // Meanwhile it was canceled, or its caller is gone.
    if (!invocation.isOpen) return
    if (denial === undefined) return this.#progress(invocation, details, payload)
    this.#dispatcher.deny(invocation, denial)
  }

  /** The final RESULT. */
  #result(invocation: Invocation, details: Dict, payload: Payload): void {
    const { decision, request } = invocation
    const { validate } = decision
    if (validate !== undefined) {
      const fault = misfit(validate, validate.callResult, payload, details)
      if (fault !== undefined) return this.#end(invocation, 'wamp.error.invalid_argument', fault)
    }
    this.#answer(invocation, { type: RESULT, request, details, payload })
  }

  /** One result of several (rfc/text/advanced/rpc_progressive_call_results.md). */
  #progress(invocation: Invocation, details: Dict, payload: Payload): void {
    const { caller, decision, request } = invocation
    const { validate } = decision
    // Somebody else must not begin anew what was answered in part.
    invocation.letGo()
    // Results are neither dropped unseen nor heaped up: a stream that its caller does not read ends. Who is detached has
    // them kept, within its bounds.
    if (caller.congested && caller.detached !== true) {
      const text = 'the caller does not take its results'
      return this.#dispatcher.fail(invocation, 'wamp.error.network_failure', text)
    }
    if (validate !== undefined) {
      const fault = misfit(validate, validate.callResultProgress, payload, details)
      if (fault !== undefined) {
        return this.#dispatcher.fail(invocation, 'wamp.error.invalid_argument', fault)
      }
    }
    const all = details === emptyDict ? progressed : { ...details, progress: true }
    const message: Message = { type: RESULT, request, details: all, payload }
    const fault = forward(caller, message, this.#context.log)
    if (fault !== undefined) {
      const text = 'a result is longer than the caller takes, or cannot be written for it'
      return this.#dispatcher.fail(invocation, fault, text)
    }
    invocation.timeout?.extend()
  }

  /** ERROR in answer to an INVOCATION: goes on to the caller, without attributes that only the router may set. */
  error(callee: Peer, message: ErrorMessage): void {
    if (message.requestType !== INVOCATION) {
      throw violation(`ERROR.REQUEST.Type is ${message.requestType}, allowed is ${INVOCATION}`)
    }
    const invocation = answered(callee, message.request, 'ERROR')
    if (invocation === undefined) return
    const { error } = message
    let { payload } = message
    let details = withoutAttributes(message.details)
    const { caller, decision, request } = invocation
    if (usesPassthru(details)) {
      requirePassthru(callee, 'ERROR.Details')
      // What the caller could not read is left out; that its call failed, and how, is not.
      if (!caller.features.has('caller.payload_passthru_mode')) {
        details = withoutPassthru(details)
        payload = Payload.empty
      }
    }
    if (error === 'wamp.error.unavailable' && this.#takesUnavailable(callee, invocation)) return
    const { validate } = decision
    if (validate !== undefined) {
      const fault = misfit(validate, validate.callError, payload, details)
      if (fault !== undefined) return this.#end(invocation, 'wamp.error.invalid_argument', fault)
    }
    // The specification spells it both ways; callers are told one.
    const uri = error === 'wamp.error.cancelled' ? 'wamp.error.canceled' : error
    this.#answer(invocation, {
      type: ERROR,
      requestType: CALL,
      request,
      details,
      error: uri,
      payload,
    })
  }

  /**
   * `unavailable` is said to the dealer, which asks another callee. A callee that is alone, and did not announce
   * call_reroute, means its caller. `false`: the ERROR goes on as it is.
   */
  #takesUnavailable(callee: Peer, invocation: Invocation): boolean {
    const { endpoint, interrupted, registration } = invocation
    if (endpoint === undefined) return false
    const single = registration.invoke === 'single'
    if (single && !callee.features.has('callee.call_reroute')) return false
    if (interrupted) this.#end(invocation, 'wamp.error.canceled')
    else if (!single) this.#dispatcher.reroute(invocation, endpoint)
    else this.#end(invocation, 'wamp.error.no_available_callee', 'the callee is not available')
    return true
  }

  #answer(invocation: Invocation, answer: Message): void {
    this.#dispatcher.end(invocation)
    const { caller, request } = invocation
    const fault = forward(caller, answer, this.#context.log)
    if (fault !== undefined) replyUnsent(caller, request, fault, 'answer', 'caller')
  }

  #end(invocation: Invocation, error: string, text?: string): void {
    this.#dispatcher.end(invocation)
    replyError(invocation.caller, CALL, invocation.request, error, text)
  }
}

/**
 * The invocation that `callee` answers; `undefined` when the answer is late, or its right to give it has fallen. An id
 * never given out is a lie.
 */
function answered(callee: Peer, request: number, what: string): Invocation | undefined {
  const invocation = callee.ledger.invocations.get(request)
  if (invocation === undefined && request > callee.ledger.invocationIds.last) {
    throw violation(`${what} for invocation ${request}, which this session was never sent`)
  }
  // Whoever may no longer offer it answers for it no longer, whether or not its callers were told yet.
  if (invocation?.endpoint?.right.hasFallen === true) return undefined
  return invocation
}

function requirePassthru(callee: Peer, what: string): void {
  if (callee.features.has('callee.payload_passthru_mode')) return
  throw violation(`${what}.ppt_scheme was not announced: callee.payload_passthru_mode`)
}
