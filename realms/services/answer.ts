import { DomainError, RateLimited } from '../../ecosystems/errors.ts'
import { WampError } from '../../router/wire/errors.ts'
import type { Dict } from '../../router/wire/message.ts'
import type { Procedure, ProcedureContext } from '../procedure.ts'
import { errorUris } from '../uris.ts'
import { inputFrom } from './arguments.ts'
import { Entry } from './entry.ts'
import { describeInvalidInput } from './invalid-input.ts'

const errorOfCode: Readonly<Record<DomainError['code'], string>> = {
  not_found: errorUris.notFound,
  conflict: errorUris.conflict,
  invalid_state: errorUris.invalidState,
  invalid_argument: 'wamp.error.invalid_argument',
  unavailable: 'wamp.error.unavailable',
  rate_limited: errorUris.rateLimited,
}

/**
 * One call of a procedure, from the right to the record: whoever cannot have the right learns nothing of the input's
 * form; whoever has not got it for this input learns nothing of what is there.
 * @throws WampError; anything else is a fault of ours
 */
export async function answer(
  procedure: Procedure,
  args: readonly unknown[],
  kwargs: Dict,
  context: ProcedureContext,
): Promise<Dict> {
  const entry = new Entry(procedure, context)
  if (!procedure.right.admits(context.caller.principal)) throw entry.refused()

  const raw = inputFrom(args, kwargs, procedure.cli?.positional ?? [])
  const parsed = procedure.input.safeParse(raw)
  if (!parsed.success) {
    const secrets = procedure.secrets ?? []
    throw new WampError(
      'wamp.error.invalid_argument',
      describeInvalidInput(parsed.error, raw, procedure.input, secrets),
    )
  }
  const input = parsed.data
  if (!procedure.right.permits(input, context)) throw entry.refused(input)

  try {
    const result = await procedure.handle(input, context)
    if (procedure.changes && result['changed'] !== false) entry.changed(input, result)
    return result
  } catch (error) {
    const known = error instanceof DomainError ? wampErrorOf(error) : error
    if (procedure.changes) entry.failed(input, known)
    throw known
  }
}

function wampErrorOf(error: DomainError): WampError {
  return new WampError(errorOfCode[error.code], error.message, {
    cause: error,
    ...(error instanceof RateLimited && { kwargs: { retry_after_ms: error.retryAfterMs } }),
  })
}
