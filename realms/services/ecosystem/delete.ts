import { z } from 'zod'
import { procedure, type Procedure } from '../../procedure.ts'
import { procedureUris } from '../../uris.ts'
import { id } from '../inputs.ts'
import { levelOneForGood } from '../rights.ts'
import { notFound } from '../scope.ts'

const schema = z.strictObject({
  id: id.describe('id of the ecosystem'),
  force: z
    .boolean()
    .optional()
    .describe(
      'also when devices are in no other; those have no owner then and can be claimed anew',
    ),
})

export const ecosystemDelete: Procedure = procedure({
  uri: procedureUris.ecosystemDelete,
  summary:
    'End an ecosystem for good: what was granted in it counts no more, and its devices leave it.',
  input: schema,
  right: levelOneForGood<z.output<typeof schema>>((input) => input.id),
  changes: true,
  cli: { positional: ['id'] },
  target: (input) => input.id,
  async handle({ id: key, force = false }, context) {
    const { closures, directory } = context.ecosystems
    if (directory.known(key)?.realm !== context.realm.uri) throw notFound('ecosystem', key)
    const { status } = await closures.close(key, { force })
    return { id: key, status }
  },
})
