import { z } from 'zod'
import { procedure, type Procedure } from '../../procedure.ts'
import { procedureUris } from '../../uris.ts'
import { httpUrl, opaque } from '../inputs.ts'
import { operator } from '../rights.ts'
import { idpView } from './view.ts'

export const idpEnable: Procedure = procedure({
  uri: procedureUris.idpEnable,
  summary: 'Trust an OpenID provider again that was disabled.',
  input: z.strictObject({
    issuer: httpUrl.describe('issuer address of the provider'),
    client_id: opaque.optional().describe('only tokens for this client id'),
  }),
  right: operator,
  changes: true,
  cli: { positional: ['issuer'] },
  target: (input) => input.issuer,
  async handle(input, { ecosystems }) {
    return { idps: (await ecosystems.idps.enable(input.issuer, input.client_id)).map(idpView) }
  },
})
