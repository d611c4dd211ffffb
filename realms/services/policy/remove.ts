import { z } from 'zod'
import { procedure, type Procedure } from '../../procedure.ts'
import { procedureUris } from '../../uris.ts'
import { id } from '../inputs.ts'
import { levelOne } from '../rights.ts'
import { ecosystemHere, notFound } from '../scope.ts'
import { policyView } from './view.ts'

const schema = z.strictObject({ id: id.describe('id of the policy') })

export const policyRemove: Procedure = procedure({
  uri: procedureUris.policyRemove,
  summary: 'Take back what was said of a level: the required levels decide again.',
  input: schema,
  right: levelOne<z.output<typeof schema>>((input, { ecosystems }) => {
    const row = ecosystems.policies.known(input.id)
    return row === undefined ? [] : [row.ecosystem]
  }),
  changes: true,
  cli: { positional: ['id'] },
  target: (input) => input.id,
  async handle(input, context) {
    const { policies } = context.ecosystems
    const row = policies.known(input.id)
    if (row === undefined || ecosystemHere(context, row.ecosystem) === undefined)
      throw notFound('policy', input.id)
    return policyView(await policies.remove(row.id))
  },
})
