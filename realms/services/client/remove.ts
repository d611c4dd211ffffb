import { z } from 'zod'
import { procedure, type Procedure } from '../../procedure.ts'
import { procedureUris } from '../../uris.ts'
import { id } from '../inputs.ts'
import { operator } from '../rights.ts'
import { registryOf } from '../oauth-clients.ts'

/** What it holds is of no use to it from then on: it can prove itself no more. */
export const clientRemove: Procedure = procedure({
  uri: procedureUris.clientRemove,
  summary: 'Let a program ask the authorization server for nothing any more.',
  input: z.strictObject({ id: id.describe('its client id') }),
  right: operator,
  changes: true,
  cli: { positional: ['id'] },
  target: (input) => input.id,
  async handle(input, context) {
    await registryOf(context).remove(input.id)
    return { id: input.id, removed: true }
  },
})
