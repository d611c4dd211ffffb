import { z } from 'zod'
import { procedure, type Procedure } from '../../procedure.ts'
import { procedureUris } from '../../uris.ts'
import { id } from '../inputs.ts'
import { authenticatorsOf } from './ownership.ts'
import { authenticatorView } from './view.ts'

const schema = z.strictObject({
  person: id.optional().describe('whose; absent: those of whoever asks'),
  revoked: z.boolean().optional().describe('also list revoked ones'),
})

export const authenticatorList: Procedure = procedure({
  uri: procedureUris.authenticatorList,
  summary: 'List the watches, phones, keys and passkeys by which a person confirms.',
  input: schema,
  right: authenticatorsOf<z.output<typeof schema>>(({ person }) => person),
  changes: false,
  cli: {
    positional: ['person'],
    columns: ['id', 'person', 'kind', 'name', 'acr', 'status', 'created_at'],
  },
  handle(input, { ecosystems, caller }) {
    const rows = ecosystems.authenticators.of(input.person ?? caller.principal.authid)
    return {
      authenticators: rows
        .filter(({ status }) => input.revoked === true || status !== 'revoked')
        .map(authenticatorView),
    }
  },
})
