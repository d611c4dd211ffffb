import { z } from 'zod'
import { procedure, type Procedure } from '../../procedure.ts'
import { procedureUris } from '../../uris.ts'
import { uri } from '../inputs.ts'
import { operator } from '../rights.ts'
import { authorizerView } from './view.ts'

export const authzRemove: Procedure = procedure({
  uri: procedureUris.authzRemove,
  summary: 'Have a component of your own asked no more: the house alone decides again.',
  input: z.strictObject({ procedure: uri.describe('procedure of the component') }),
  right: operator,
  changes: true,
  cli: { positional: ['procedure'] },
  target: (input) => input.procedure,
  async handle(input, context) {
    const { authorizerRules } = context.ecosystems
    const row = await authorizerRules.remove(context.realm.uri, input.procedure)
    return { ...authorizerView(row, context), removed: true }
  },
})
