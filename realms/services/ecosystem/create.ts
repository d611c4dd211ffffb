import { z } from 'zod'
import { procedure, type Procedure } from '../../procedure.ts'
import { procedureUris } from '../../uris.ts'
import { id, name } from '../inputs.ts'
import { operator } from '../rights.ts'
import { ecosystemView } from './view.ts'

export const ecosystemCreate: Procedure = procedure({
  uri: procedureUris.ecosystemCreate,
  summary: 'Make an ecosystem, in this realm, that devices and people can be let into.',
  input: z.strictObject({
    id: id.describe('what the ecosystem is to be called in commands and grants'),
    name: name.optional().describe('what people call it; absent: the id'),
  }),
  right: operator,
  changes: true,
  cli: { positional: ['id'] },
  target: (input) => input.id,
  async handle(input, { ecosystems, realm }) {
    const { name: title, id: key } = input
    return ecosystemView(
      await ecosystems.directory.create({
        id: key,
        realm: realm.uri,
        ...(title !== undefined && { name: title }),
      }),
    )
  },
})
