import { z } from 'zod'
import { procedure, type Procedure } from '../../procedure.ts'
import { procedureUris } from '../../uris.ts'
import { httpUrl, id, name, opaque } from '../inputs.ts'
import { operator } from '../rights.ts'
import { personView } from './view.ts'

export const personCreate: Procedure = procedure({
  uri: procedureUris.personCreate,
  summary: 'Make a person known before the first sign-in, so that grants can wait for that.',
  input: z.strictObject({
    name: name.describe('what people call the person'),
    issuer: httpUrl.describe('issuer address of the OpenID provider the person signs in with'),
    subject: opaque.describe(
      'what that provider calls the person ("sub"), never an e-mail address',
    ),
    id: id.optional().describe('authid the person is to have; absent: one is made up'),
  }),
  right: operator,
  changes: true,
  target: (input, result) => (typeof result?.['id'] === 'string' ? result['id'] : (input.id ?? '')),
  async handle(input, { ecosystems }) {
    const { id: key, ...rest } = input
    const row = await ecosystems.people.create({ ...rest, ...(key !== undefined && { id: key }) })
    return personView(row, ecosystems.people.identitiesOf(row.id))
  },
})
