import type { Clock } from '../clock.ts'
import { withDeadline } from './deadline.ts'
import { forward, replyUnsent } from './forwarding.ts'
import type { Limits } from './limits.ts'
import type { EngineLog } from './log.ts'
import type { OwnProcedure } from './own-procedure.ts'
import type { Peer } from './peer.ts'
import { replyRefused, replyError } from './replies.ts'
import { Turns } from './turns.ts'
import { WampError } from './wire/errors.ts'
import { CALL, emptyDict, RESULT, type Call } from './wire/message.ts'
import { Payload, type PayloadValues } from './wire/payload.ts'
import { isReserved } from './wire/uri.ts'

/** What own procedures need of the place they live in. */
export interface OwnProceduresContext {
  readonly clock: Clock
  readonly limits: Limits
  readonly log: EngineLog
}

/** The procedures under `wamp.` that the router itself answers. They are looked for only when no callee is found. */
export class OwnProcedures {
  readonly #context: OwnProceduresContext
  readonly #byUri = new Map<string, OwnProcedure>()
  readonly #turns = new Turns()

  constructor(context: OwnProceduresContext) {
    this.#context = context
  }

  /** @throws Error for a name that is not the router's, or is served already */
  serve(procedure: string, handle: OwnProcedure): void {
    if (!isReserved(procedure)) throw new Error(`${procedure} is not under wamp`)
    if (this.#byUri.has(procedure)) throw new Error(`${procedure} is served already`)
    this.#byUri.set(procedure, handle)
  }

  get(procedure: string): OwnProcedure | undefined {
    return this.#byUri.get(procedure)
  }

  /**
   * Answers a CALL. One that takes its time holds the caller's next messages up, so that answers keep the order of
   * the calls, and no more than one waits for each session. One that took a while, as it lists everything, does
   * so until others were heard.
   */
  answer(handle: OwnProcedure, caller: Peer, message: Call): void | Promise<void> {
    const { clock } = this.#context
    const began = clock.now()
    return this.#turns.fairly(this.#answer(handle, caller, message), began, clock)
  }

  #answer(handle: OwnProcedure, caller: Peer, message: Call): void | Promise<void> {
    const { procedure } = message
    const { clock, limits } = this.#context
    try {
      const answer = handle(caller, message.payload.values())
      if (!(answer instanceof Promise)) return this.#reply(caller, message, answer)
      return withDeadline(answer, limits.procedureMs, clock, procedure).then(
        (values) => this.#reply(caller, message, values),
        (error: unknown) => this.#fail(caller, message, error),
      )
    } catch (error) {
      this.#fail(caller, message, error)
    }
  }

  #reply(caller: Peer, { request }: Call, values: PayloadValues | void): void {
    if (caller.gone) return
    const payload = Payload.of(values?.args, values?.kwargs)
    const { log } = this.#context
    const fault = forward(caller, { type: RESULT, request, details: emptyDict, payload }, log)
    if (fault !== undefined) replyUnsent(caller, request, fault, 'answer', 'caller')
  }

  #fail(caller: Peer, { request, procedure }: Call, error: unknown): void {
    if (!(error instanceof WampError)) {
      this.#context.log('error', 'a procedure of the router failed', { error, procedure })
      if (!caller.gone) replyError(caller, CALL, request, 'wamp.error.runtime_error')
    } else if (!caller.gone) {
      replyRefused(caller, CALL, request, error)
    }
  }
}
