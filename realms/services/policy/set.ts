import { z } from 'zod'
import { procedure, type Procedure } from '../../procedure.ts'
import { procedureUris } from '../../uris.ts'
import { capabilityAction, id, level, uriOrBeginning } from '../inputs.ts'
import { levelOne } from '../rights.ts'
import { actorOf, ecosystemHere, notFound } from '../scope.ts'
import { policyView } from './view.ts'

const actionsAllowed = 'call, subscribe, publish, or a list of them'

const schema = z.strictObject({
  ecosystem: id.describe('ecosystem that it holds in'),
  level: level.describe(
    'a yes is for this level and all better ones, a no for it and all worse ones',
  ),
  uri: uriOrBeginning.describe('a URI, or with match prefix what it begins with, up to a dot'),
  match: z.enum(['exact', 'prefix']).default('exact').describe('how the URI is meant'),
  actions: z
    .union([capabilityAction, z.array(capabilityAction).min(1).max(3)], { error: actionsAllowed })
    .optional()
    .describe('what it is about; absent: all'),
  effect: z.enum(['allow', 'deny']).describe('a no goes before a yes, and both before the levels'),
})

export const policySet: Procedure = procedure({
  uri: procedureUris.policySet,
  summary:
    "Say what a level may do or may not do in an ecosystem, whatever its devices' capabilities ask for.",
  input: schema,
  right: levelOne<z.output<typeof schema>>((input) => [input.ecosystem]),
  changes: true,
  target: (input) => input.uri,
  async handle({ actions, ...policy }, context) {
    if (ecosystemHere(context, policy.ecosystem) === undefined)
      throw notFound('ecosystem', policy.ecosystem)
    const said = { ...policy, ...(actions !== undefined && { actions: [actions].flat() }) }
    return policyView(
      await context.ecosystems.policies.set(said, actorOf(context.caller.principal)),
    )
  },
})
