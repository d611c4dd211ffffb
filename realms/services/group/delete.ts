import { z } from 'zod'
import { procedure, type Procedure } from '../../procedure.ts'
import { procedureUris } from '../../uris.ts'
import { id } from '../inputs.ts'
import { ecosystemHere, notFound } from '../scope.ts'
import { levelOneInGroup } from './scope.ts'

export const groupDelete: Procedure = procedure({
  uri: procedureUris.groupDelete,
  summary: 'End a group for good: nobody has any more what was given to it.',
  input: z.strictObject({ id: id.describe('id of the group') }),
  right: levelOneInGroup(),
  changes: true,
  cli: { positional: ['id'] },
  target: (input) => input.id,
  async handle(input, context) {
    const { groups } = context.ecosystems
    const row = groups.known(input.id)
    if (row === undefined || ecosystemHere(context, row.ecosystem) === undefined)
      throw notFound('group', input.id)
    const { id: key, status } = await groups.delete(row.id)
    return { id: key, status }
  },
})
