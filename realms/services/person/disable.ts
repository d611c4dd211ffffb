import { z } from 'zod'
import { procedure, type Procedure } from '../../procedure.ts'
import { procedureUris } from '../../uris.ts'
import { id } from '../inputs.ts'
import { operator } from '../rights.ts'
import { personView } from './view.ts'

export const personDisable: Procedure = procedure({
  uri: procedureUris.personDisable,
  summary:
    'Close an account: nothing is allowed any more and all sessions of the person end, at once.',
  input: z.strictObject({ person: id.describe('id of the person') }),
  right: operator,
  changes: true,
  cli: { positional: ['person'] },
  target: (input) => input.person,
  async handle(input, { ecosystems }) {
    const row = await ecosystems.people.disable(input.person)
    return personView(row, ecosystems.people.identitiesOf(row.id))
  },
})
