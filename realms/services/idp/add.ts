import { z } from 'zod'
import { invalid } from '../../../ecosystems/errors.ts'
import { procedure, type Procedure } from '../../procedure.ts'
import { procedureUris } from '../../uris.ts'
import { assuranceMap, httpUrl, id, level, opaque, path } from '../inputs.ts'
import { operator } from '../rights.ts'
import { ecosystemHere, notFound } from '../scope.ts'
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
    acr_map: assuranceMap
      .optional()
      .describe('what its words ("acr", "amr") are worth; what it does not name is aal1'),
    events_audience: opaque
      .optional()
      .describe('what its security events are for ("aud"), if not the client id'),
    introspection_endpoint: httpUrl
      .optional()
      .describe(
        'where it is asked about access tokens, for providers that tell nothing by themselves',
      ),
    introspection_client_id: opaque
      .optional()
      .describe('client id by which it is asked, if not that of the tokens'),
    introspection_secret_file: path
      .optional()
      .describe("file on the router's machine that holds the secret of that client"),
    ecosystem: id
      .optional()
      .describe('the only ecosystem in which it counts; absent: it counts in all'),
    max_level: level
      .optional()
      .describe('nobody who comes by it has a better level there than this'),
  }),
  right: operator,
  changes: true,
  target: (input) => input.issuer,
  async handle(input, context) {
    const { ecosystems } = context
    const { ecosystem, issuer } = input
    if (ecosystem === undefined && input.max_level !== undefined)
      throw invalid('max_level', input.max_level, 'none without an ecosystem')
    if (ecosystem !== undefined && ecosystemHere(context, ecosystem) === undefined)
      throw notFound('ecosystem', ecosystem)
    const trust = async (): Promise<void> => {
      if (ecosystem === undefined) return
      await ecosystems.idpTrusts.set({
        ecosystem,
        issuer,
        enabled: true,
        ...(input.max_level !== undefined && { maxLevel: input.max_level }),
        ...(input.acr_map !== undefined && { acrMap: input.acr_map }),
      })
    }
    const known = ecosystems.idps.of(issuer).find((row) => row.clientId === input.client_id)
    // One that is there already comes to count in one more ecosystem, or in this one so and not otherwise.
    if (known !== undefined && ecosystem !== undefined) {
      await trust()
      return idpView(known)
    }
    const made = idpView(
      await ecosystems.idps.add({
        issuer: input.issuer,
        clientId: input.client_id,
        everywhere: ecosystem === undefined,
        ...(input.jwks_uri !== undefined && { jwksUri: input.jwks_uri }),
        ...(input.acr_map !== undefined && { acrMap: input.acr_map }),
        ...(input.events_audience !== undefined && { eventsAudience: input.events_audience }),
        introspection: {
          ...(input.introspection_endpoint !== undefined && {
            endpoint: input.introspection_endpoint,
          }),
          ...(input.introspection_client_id !== undefined && {
            clientId: input.introspection_client_id,
          }),
          ...(input.introspection_secret_file !== undefined && {
            secretFile: input.introspection_secret_file,
          }),
        },
      }),
    )
    await trust()
    return made
  },
})
