import { z } from 'zod'
import { procedure, type Procedure } from '../../procedure.ts'
import { procedureUris } from '../../uris.ts'
import { id, name } from '../inputs.ts'
import { operator } from '../rights.ts'
import { registryOf } from '../oauth-clients.ts'
import { clientView } from './view.ts'

/** The secret is shown this once; only its hash is kept. */
export const clientCreate: Procedure = procedure({
  uri: procedureUris.clientCreate,
  summary: 'Let a program ask the authorization server for tokens.',
  input: z.strictObject({
    id: id.describe('what the program calls itself, its client id'),
    name: name.optional().describe('for people; absent: the id'),
    use: z
      .enum(['resource_server', 'requesting'])
      .describe(
        'resource_server: shares devices in the names of their owners; requesting: asks for what is shared',
      ),
  }),
  right: operator,
  changes: true,
  cli: { positional: ['id'] },
  target: (input) => input.id,
  async handle(input, context) {
    const { client, secret } = await registryOf(context).create({
      id: input.id,
      name: input.name ?? input.id,
      use: input.use,
    })
    return { ...clientView(client), secret }
  },
})
