import { z } from 'zod'
import { procedure, type Procedure } from '../../procedure.ts'
import { procedureUris } from '../../uris.ts'
import { operator } from '../rights.ts'
import { personView } from './view.ts'

export const personList: Procedure = procedure({
  uri: procedureUris.personList,
  summary: 'List the people that are known, in all realms.',
  input: z.strictObject({}),
  right: operator,
  changes: false,
  cli: { columns: ['id', 'name', 'status', 'created_at'] },
  handle: (_input, { ecosystems }) => ({
    people: ecosystems.people
      .list()
      .map((row) => personView(row, ecosystems.people.identitiesOf(row.id))),
  }),
})
