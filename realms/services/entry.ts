import { ProofError } from '../../proofs/proof-error.ts'
import { WampError } from '../../router/wire/errors.ts'
import type { Dict } from '../../router/wire/message.ts'
import type { Procedure, ProcedureContext } from '../procedure.ts'
import { actorOf } from './scope.ts'

const longestDetail = 256

/** The audit's line on one call of a procedure. */
export class Entry {
  readonly #procedure: Procedure
  readonly #context: ProcedureContext

  constructor(procedure: Procedure, context: ProcedureContext) {
    this.#procedure = procedure
    this.#context = context
  }

  /** The caller has not got the right. What goes back says nothing of why. */
  refused(input?: Dict): WampError {
    this.#record('deny', `right: ${this.#procedure.right.name}`, input)
    return new WampError('wamp.error.not_authorized', `not authorized: ${this.#procedure.uri}`)
  }

  changed(input: Dict, result: Dict): void {
    this.#record('change', 'done', input, result)
  }

  failed(input: Dict, error: unknown): void {
    const reason = error instanceof WampError ? error.uri : 'wamp.error.runtime_error'
    this.#record('failure', `${reason}${problemOf(error)}`, input)
  }

  #record(
    outcome: 'deny' | 'change' | 'failure',
    reason: string,
    input: Dict | undefined,
    result?: Dict,
  ): void {
    const { ecosystems, realm, caller } = this.#context
    const procedure = this.#procedure
    ecosystems.audit.record({
      realm: realm.uri,
      actor: actorOf(caller.principal),
      session: caller.id,
      action: procedure.uri.slice('latchkey.'.length),
      target: input === undefined ? '' : (procedure.target?.(input, result) ?? ''),
      outcome,
      reason,
      decisionId: null,
      details: input === undefined ? {} : detailsOf(input, procedure.secrets ?? []),
    })
  }
}

/** What was wrong with a proof: whoever brought it is not told. */
function problemOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined
  return cause instanceof ProofError ? ` (proof: ${cause.problem})` : ''
}

/** What was asked for, without secrets, and without what is too long to be kept for good. */
function detailsOf(input: Dict, secrets: readonly string[]): Dict {
  return Object.fromEntries(
    Object.entries(input).filter(
      ([key, value]) =>
        value !== undefined &&
        !secrets.includes(key) &&
        JSON.stringify(value).length <= longestDetail,
    ),
  )
}
