import { z } from 'zod'
import { procedure, type Procedure } from '../../procedure.ts'
import { procedureUris } from '../../uris.ts'
import { requireFreshAccount } from '../fresh.ts'
import { httpUrl, id, opaque } from '../inputs.ts'
import { concerned } from '../rights.ts'
import { identityView } from './view.ts'

const schema = z.strictObject({
  issuer: httpUrl.describe('issuer address of the OpenID provider'),
  subject: opaque.describe('what that provider calls the person ("sub")'),
  person: id.optional().describe('whose; absent: of whoever asks'),
})

export const identityUnlink: Procedure = procedure({
  uri: procedureUris.identityUnlink,
  summary:
    'Take an identity off an account: its sessions end, and whoever comes by it next is somebody new.',
  input: schema,
  right: concerned<z.output<typeof schema>>(({ person }) => person),
  changes: true,
  cli: { positional: ['issuer', 'subject'] },
  target: (input) => input.subject,
  async handle(input, context) {
    requireFreshAccount(context, procedureUris.identityUnlink)
    const { ecosystems, caller } = context
    const { issuer, subject, person = caller.principal.authid } = input
    return identityView(await ecosystems.identities.unlink(issuer, subject, person))
  },
})
