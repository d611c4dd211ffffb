import { z } from 'zod'
import { procedure, type Procedure } from '../../procedure.ts'
import { procedureUris } from '../../uris.ts'
import { httpUrl, opaque } from '../inputs.ts'
import { operator } from '../rights.ts'
import { identityView } from './view.ts'

export const identityEnable: Procedure = procedure({
  uri: procedureUris.identityEnable,
  summary: 'Open a way to sign in again that was closed, here or by its provider.',
  input: z.strictObject({
    issuer: httpUrl.describe('issuer address of the OpenID provider'),
    subject: opaque.describe('what that provider calls the person ("sub")'),
  }),
  right: operator,
  changes: true,
  cli: { positional: ['issuer', 'subject'] },
  target: (_input, result) => (typeof result?.['person'] === 'string' ? result['person'] : ''),
  async handle(input, { ecosystems }) {
    return identityView(await ecosystems.identities.enable({ ...input, reason: 'enabled' }))
  },
})
