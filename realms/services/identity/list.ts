import { z } from 'zod'
import { procedure, type Procedure } from '../../procedure.ts'
import { procedureUris } from '../../uris.ts'
import { id } from '../inputs.ts'
import { concerned } from '../rights.ts'
import { identityView } from './view.ts'

const schema = z.strictObject({
  person: id.optional().describe('whose; absent: those of whoever asks'),
})

export const identityList: Procedure = procedure({
  uri: procedureUris.identityList,
  summary: 'List the identities by which a person comes.',
  input: schema,
  right: concerned<z.output<typeof schema>>(({ person }) => person),
  changes: false,
  cli: { positional: ['person'], columns: ['issuer', 'subject', 'status', 'created_at'] },
  handle: (input, { ecosystems, caller }) => ({
    identities: ecosystems.people
      .identitiesOf(input.person ?? caller.principal.authid)
      .map(identityView),
  }),
})
