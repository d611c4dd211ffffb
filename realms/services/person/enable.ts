import { z } from 'zod'
import { procedure, type Procedure } from '../../procedure.ts'
import { procedureUris } from '../../uris.ts'
import { id } from '../inputs.ts'
import { operator } from '../rights.ts'
import { personView } from './view.ts'

export const personEnable: Procedure = procedure({
  uri: procedureUris.personEnable,
  summary: 'Open a disabled account again.',
  input: z.strictObject({ person: id.describe('id of the person') }),
  right: operator,
  changes: true,
  cli: { positional: ['person'] },
  target: (input) => input.person,
  async handle(input, { ecosystems }) {
    const row = await ecosystems.people.enable(input.person)
    return personView(row, ecosystems.people.identitiesOf(row.id))
  },
})
