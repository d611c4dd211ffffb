import { z } from 'zod'
import type { AuthenticatorRow } from '../../../ecosystems/store/store.ts'
import { WampError } from '../../../router/wire/errors.ts'
import { procedure, type Procedure } from '../../procedure.ts'
import { errorUris, procedureUris } from '../../uris.ts'
import { authenticatorOrKind, sha256, uri } from '../inputs.ts'
import { person } from '../rights.ts'
import { digestOf } from './arguments.ts'
import { beginChallenge, confirmed, passkeyOptions, takeChallenge } from './confirmation.ts'
import { promptPerson } from './prompt.ts'
import { stepUpView } from './view.ts'

export const stepupBegin: Procedure = procedure({
  uri: procedureUris.stepupBegin,
  summary:
    'Ask for a confirmation of one call of this session, by something of the person that was enrolled for it.',
  input: z.strictObject({
    uri: uri.describe('the procedure that is to be called'),
    args_sha256: sha256
      .optional()
      .describe('digest of its arguments; absent: of args and kwargs here'),
    args: z
      .array(z.unknown(), { error: 'a list' })
      .optional()
      .describe('its arguments, so that the person is shown them'),
    kwargs: z
      .record(z.string(), z.unknown(), { error: 'a dictionary' })
      .optional()
      .describe('its keyword arguments, likewise'),
    with: authenticatorOrKind
      .optional()
      .describe('id of an authenticator, or a kind: watch, phone, key, passkey'),
    push: z
      .boolean()
      .optional()
      .describe('ask the person, at the watch or phone that is connected, and wait for the answer'),
  }),
  right: person,
  changes: true,
  // Arguments may be secrets of whoever calls.
  secrets: ['args', 'kwargs'],
  cli: { hidden: true },
  target: (input) => input.uri,
  async handle(input, context) {
    const { authenticators, stepUps } = context.ecosystems
    const digest = digestOf(input)
    const rows = authenticators
      .activeOf(context.caller.principal.authid)
      .filter((row) => isMeant(row, input.with))
    if (rows.length === 0)
      throw new WampError(
        errorUris.invalidState,
        input.with === undefined
          ? 'nothing is enrolled by which this could be confirmed'
          : `with: nothing of this kind or id is enrolled`,
      )
    const { challenge, request } = beginChallenge(context, input.uri, digest)
    if (input.push !== true) {
      const webauthn = await passkeyOptions(context, challenge, rows)
      return { ...request, ...(webauthn !== undefined && { webauthn: { ...webauthn } }) }
    }
    // Taken at once: nothing but the answer to this prompt is its answer.
    const taken = takeChallenge(context, challenge.challenge)
    const shown = {
      ...(input.args !== undefined && { args: input.args }),
      ...(input.kwargs !== undefined && { kwargs: input.kwargs }),
    }
    const proof = await promptPerson(context, { ...request, ...shown })
    const stepUp = await confirmed(context, taken, { proof })
    stepUps.add(stepUp, context.clock.now())
    return stepUpView(stepUp)
  },
})

function isMeant(row: AuthenticatorRow, named: string | undefined): boolean {
  return named === undefined || row.id === named || row.kind === named
}
