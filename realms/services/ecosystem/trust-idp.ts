import { z } from 'zod'
import { procedure, type Procedure } from '../../procedure.ts'
import { procedureUris } from '../../uris.ts'
import { assuranceMap, httpUrl, id, level } from '../inputs.ts'
import { levelOneForGood } from '../rights.ts'
import { ecosystemHere, notFound } from '../scope.ts'

const schema = z.strictObject({
  ecosystem: id.describe('ecosystem that trusts it so'),
  issuer: httpUrl.describe('issuer address of the provider'),
  max_level: level.optional().describe('nobody who comes by it has a better level than this'),
  acr_map: assuranceMap
    .optional()
    .describe('what its words are worth here ("acr" or "amr"): aal1, aal2 or aal3'),
  enabled: z.boolean().optional().describe('whether it counts here at all'),
})

/** What trusts less works at once; what is not said stays as it is. */
export const ecosystemTrustIdp: Procedure = procedure({
  uri: procedureUris.ecosystemTrustIdp,
  summary:
    'Say how far an ecosystem trusts an OpenID provider, and what its words are worth there.',
  input: schema,
  right: levelOneForGood<z.output<typeof schema>>((input) => input.ecosystem),
  changes: true,
  cli: { positional: ['ecosystem', 'issuer'] },
  target: (input) => `${input.ecosystem} ${input.issuer}`,
  async handle(input, context) {
    const { ecosystem, issuer, enabled } = input
    if (ecosystemHere(context, ecosystem) === undefined) throw notFound('ecosystem', ecosystem)
    const row = await context.ecosystems.idpTrusts.set({
      ecosystem,
      issuer,
      ...(input.max_level !== undefined && { maxLevel: input.max_level }),
      ...(input.acr_map !== undefined && { acrMap: input.acr_map }),
      ...(enabled !== undefined && { enabled }),
    })
    return {
      ecosystem,
      issuer,
      status: row.status,
      max_level: row.maxLevel,
      acr_map: row.acrMap,
    }
  },
})
