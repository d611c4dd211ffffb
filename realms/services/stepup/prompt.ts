import { WampError } from '../../../router/wire/errors.ts'
import type { ProcedureContext } from '../../procedure.ts'
import { servicePrincipal } from '../../service-principal.ts'
import { errorUris, type ConfirmRequest } from '../../uris.ts'

/** What is confirmed in the last moment can still be used, and whoever waits a minute hears the answer. */
const spareMs = 5_000

/** What says that nobody is there to be asked. */
const nobody: ReadonlySet<string> = new Set([
  'wamp.error.no_such_procedure',
  'wamp.error.no_available_callee',
])

/**
 * Asks the person at `user.<id>.authenticator.confirm`, where the program of a watch or a phone answers. Resolves with
 * what it signed.
 * @throws WampError not_authorized when the person says no, or nothing in time; invalid_state when there is no such
 * program, or the person is being asked something already; rate_limited after too many noes
 */
export async function promptPerson(
  { ecosystems, realm, clock }: ProcedureContext,
  request: ConfirmRequest,
): Promise<string> {
  const procedure = `user.${request.caller}.authenticator.confirm`
  const done = ecosystems.prompts.begin(request.caller)
  const peer = realm.local(servicePrincipal)
  let proof: unknown
  let isThere = true
  try {
    const timeout = request.expires_at - clock.now() - spareMs
    const { args } = await peer.call(procedure, [], { ...request }, { timeout })
    const [answer] = args ?? []
    proof = typeof answer === 'object' && answer !== null ? { ...answer } : undefined
  } catch (error) {
    if (!(error instanceof WampError)) throw error
    isThere = !nobody.has(error.uri)
  } finally {
    peer.leave()
    const text = proofIn(proof)
    // Who is not there was not bothered.
    done(text !== undefined || !isThere)
  }
  if (!isThere)
    throw new WampError(
      errorUris.invalidState,
      `push: nobody offers ${procedure} now: start the program of the watch or the phone`,
    )
  const text = proofIn(proof)
  if (text === undefined)
    throw new WampError('wamp.error.not_authorized', 'the person has not confirmed it')
  return text
}

function proofIn(answer: unknown): string | undefined {
  if (typeof answer !== 'object' || answer === null) return undefined
  const { proof } = answer as { proof?: unknown }
  return typeof proof === 'string' ? proof : undefined
}
