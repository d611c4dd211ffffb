import { z } from 'zod'
import { procedure, type Procedure } from '../../procedure.ts'
import { procedureUris } from '../../uris.ts'
import { httpUrl, opaque } from '../inputs.ts'
import { operator } from '../rights.ts'
import { idpView } from './view.ts'

export const idpDisable: Procedure = procedure({
  uri: procedureUris.idpDisable,
  summary:
    'Trust an OpenID provider no longer: nobody comes by it, and the sessions of those who did end, at once.',
  input: z.strictObject({
    issuer: httpUrl.describe('issuer address of the provider'),
    client_id: opaque.optional().describe('only tokens for this client id'),
  }),
  right: operator,
  changes: true,
  cli: { positional: ['issuer'] },
  target: (input) => input.issuer,
  async handle(input, { ecosystems }) {
    return { idps: (await ecosystems.idps.disable(input.issuer, input.client_id)).map(idpView) }
  },
})
