import { z } from 'zod'
import { procedure, type Procedure } from '../../procedure.ts'
import { procedureUris } from '../../uris.ts'
import { id, name } from '../inputs.ts'
import { levelOne } from '../rights.ts'
import { ecosystemHere, notFound } from '../scope.ts'
import { ownedView } from './view.ts'

const schema = z.strictObject({
  id: id.describe('id of the ecosystem'),
  name: name.optional().describe('what people call it'),
  pseudonyms: z
    .boolean()
    .optional()
    .describe('whether devices learn a name of their own for each person'),
})

export const ecosystemSet: Procedure = procedure({
  uri: procedureUris.ecosystemSet,
  summary: 'Change what is said of an ecosystem; what is left out stays as it was.',
  input: schema,
  right: levelOne<z.output<typeof schema>>((input) => [input.id]),
  changes: true,
  cli: { positional: ['id'] },
  target: (input) => input.id,
  async handle({ id: key, name: title, pseudonyms }, context) {
    if (ecosystemHere(context, key) === undefined) throw notFound('ecosystem', key)
    return ownedView(
      await context.ecosystems.directory.set(key, {
        ...(title !== undefined && { name: title }),
        ...(pseudonyms !== undefined && { pseudonyms }),
      }),
    )
  },
})
