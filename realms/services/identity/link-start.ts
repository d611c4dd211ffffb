import { z } from 'zod'
import { procedure, type Procedure } from '../../procedure.ts'
import { procedureUris } from '../../uris.ts'
import { requireFreshAccount } from '../fresh.ts'
import { person } from '../rights.ts'

export const identityLinkStart: Procedure = procedure({
  uri: procedureUris.identityLinkStart,
  summary:
    'Begin to link another account of one’s own: its provider is to put the nonce into a token.',
  input: z.strictObject({}),
  right: person,
  changes: true,
  cli: { hidden: true },
  target: () => '',
  handle(_input, context) {
    requireFreshAccount(context, procedureUris.identityLinkStart)
    const { caller, ecosystems } = context
    const { ticket, nonce, expiresAt } = ecosystems.links.start(caller.principal.authid, caller.id)
    return { ticket, nonce, expires_at: expiresAt }
  },
})
