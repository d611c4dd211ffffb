import { z } from 'zod'
import { WampError } from '../../../router/wire/errors.ts'
import { procedure, type Procedure, type Right } from '../../procedure.ts'
import { procedureUris } from '../../uris.ts'
import { secret } from '../inputs.ts'
import { ecosystemHere } from '../scope.ts'

const schema = z.strictObject({ code: secret.describe('the code of the invite') })

/** Everybody else is told the same, be the code wrong, used, over, or somebody else's. */
const invited: Right<z.output<typeof schema>> = {
  name: 'the one who is invited',
  admits: ({ kind }) => kind === 'person',
  permits({ code }, context) {
    const row = context.ecosystems.invites.redeemable(code, context.caller.principal.authid)
    return row !== undefined && ecosystemHere(context, row.ecosystem) !== undefined
  },
}

export const inviteRedeem: Procedure = procedure({
  uri: procedureUris.inviteRedeem,
  summary: 'Redeem an invite: what it gives works from the next call on.',
  input: schema,
  right: invited,
  changes: true,
  secrets: ['code'],
  cli: { positional: ['code'] },
  target: (_input, result) => (typeof result?.['id'] === 'string' ? result['id'] : ''),
  async handle({ code }, context) {
    const { ecosystems, caller } = context
    const grant = await ecosystems.invites.redeem(code, caller.principal.authid)
    // Another was faster: whoever comes too late learns no more than whoever was never meant.
    if (grant === undefined)
      throw new WampError(
        'wamp.error.not_authorized',
        `not authorized: ${procedureUris.inviteRedeem}`,
      )
    const { id, ecosystem, level, expiresAt } = grant
    return { id, ecosystem, level, expires_at: expiresAt }
  },
})
