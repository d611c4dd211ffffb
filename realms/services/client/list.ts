import { z } from 'zod'
import { procedure, type Procedure } from '../../procedure.ts'
import { procedureUris } from '../../uris.ts'
import { operator } from '../rights.ts'
import { registryOf } from '../oauth-clients.ts'
import { clientView } from './view.ts'

export const clientList: Procedure = procedure({
  uri: procedureUris.clientList,
  summary: 'List the programs that may ask the authorization server for tokens.',
  input: z.strictObject({}),
  right: operator,
  changes: false,
  cli: { columns: ['id', 'name', 'use', 'configured'] },
  async handle(_input, context) {
    return { clients: (await registryOf(context).list()).map(clientView) }
  },
})
