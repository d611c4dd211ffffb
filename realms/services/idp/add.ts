import { z } from 'zod'
import { procedure, type Procedure } from '../../procedure.ts'
import { procedureUris } from '../../uris.ts'
import { httpUrl, opaque } from '../inputs.ts'
import { operator } from '../rights.ts'
import { idpView } from './view.ts'

export const idpAdd: Procedure = procedure({
  uri: procedureUris.idpAdd,
  summary: 'Trust the ID tokens that an OpenID provider issues for a client id.',
  input: z.strictObject({
    issuer: httpUrl.describe('issuer address, exactly as in the token\'s "iss"'),
    client_id: opaque.describe('client id that the token must be for ("aud")'),
    jwks_uri: httpUrl
      .optional()
      .describe("where the provider's keys are, if not where its discovery document says"),
  }),
  right: operator,
  changes: true,
  target: (input) => input.issuer,
  async handle(input, { ecosystems }) {
    return idpView(
      await ecosystems.idps.add({
        issuer: input.issuer,
        clientId: input.client_id,
        ...(input.jwks_uri !== undefined && { jwksUri: input.jwks_uri }),
      }),
    )
  },
})
