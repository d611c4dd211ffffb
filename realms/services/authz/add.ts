import { z } from 'zod'
import { procedure, type Procedure } from '../../procedure.ts'
import { procedureUris } from '../../uris.ts'
import { count, everythingOrBeginning, uri } from '../inputs.ts'
import { operator } from '../rights.ts'
import { actorOf } from '../scope.ts'
import { authorizerView } from './view.ts'

/** The operator alone: the router itself calls the procedure from then on, past everything that guards it. */
export const authzAdd: Procedure = procedure({
  uri: procedureUris.authzAdd,
  summary:
    'Have a component of your own asked about what people and devices do under a beginning of URIs, from now on.',
  input: z.strictObject({
    procedure: uri.describe(
      'procedure of the component: (session details, uri, action, options) -> true, false or a dictionary',
    ),
    scope: everythingOrBeginning.describe(
      'what it is asked about: what begins so, up to a dot; a URI and all below it; or "" for everything',
    ),
    mode: z
      .enum(['narrow', 'replace'])
      .default('narrow')
      .describe(
        'narrow: it can only refuse what the house allows; replace: its word counts instead of grants and levels',
      ),
    timeout: count(60_000)
      .default(500)
      .describe('milliseconds that it has to answer; without an answer it is refused'),
  }),
  right: operator,
  changes: true,
  target: (input) => input.procedure,
  async handle({ timeout: timeoutMs, ...rule }, context) {
    const { authorizerRules } = context.ecosystems
    const asked = { ...rule, realm: context.realm.uri, timeoutMs }
    const by = actorOf(context.caller.principal)
    return authorizerView(await authorizerRules.add(asked, by), context)
  },
})
