import { z } from 'zod'
import { procedure, type Procedure } from '../../procedure.ts'
import { procedureUris } from '../../uris.ts'
import { id, name } from '../inputs.ts'
import { levelOne } from '../rights.ts'
import { actorOf, ecosystemHere, notFound } from '../scope.ts'
import { groupView } from './view.ts'

const schema = z.strictObject({
  id: id.describe('what the group is to be called in grants, as "group:" and this'),
  ecosystem: id.describe('ecosystem whose owners say who is in it'),
  name: name.optional().describe('what people call it; absent: the id'),
})

export const groupCreate: Procedure = procedure({
  uri: procedureUris.groupCreate,
  summary: 'Make a group of people and devices that can be given something together.',
  input: schema,
  right: levelOne<z.output<typeof schema>>((input) => [input.ecosystem]),
  changes: true,
  cli: { positional: ['id'] },
  target: (input) => input.id,
  async handle({ id: key, ecosystem, name: title }, context) {
    if (ecosystemHere(context, ecosystem) === undefined) throw notFound('ecosystem', ecosystem)
    const row = await context.ecosystems.groups.create({
      id: key,
      ecosystem,
      by: actorOf(context.caller.principal),
      ...(title !== undefined && { name: title }),
    })
    return groupView(row, [])
  },
})
