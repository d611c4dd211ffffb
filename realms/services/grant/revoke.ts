import { z } from 'zod'
import { procedure, type Procedure } from '../../procedure.ts'
import { procedureUris } from '../../uris.ts'
import { id } from '../inputs.ts'
import { levelOne } from '../rights.ts'
import { ecosystemHere, notFound } from '../scope.ts'
import { grantView } from './view.ts'

const schema = z.strictObject({ id: id.describe('id of the grant') })

export const grantRevoke: Procedure = procedure({
  uri: procedureUris.grantRevoke,
  summary: 'Take a grant back: the very next call and the next event are refused.',
  input: schema,
  right: levelOne<z.output<typeof schema>>((input, { ecosystems }) => {
    const row = ecosystems.grants.get(input.id)
    return row === undefined || row.ecosystem === null ? [] : [row.ecosystem]
  }),
  changes: true,
  cli: { positional: ['id'] },
  target: (input) => input.id,
  async handle(input, context) {
    const row = context.ecosystems.grants.get(input.id)
    if (row === undefined || ecosystemHere(context, row.ecosystem) === undefined)
      throw notFound('grant', input.id)
    return grantView(await context.ecosystems.grants.revoke(input.id))
  },
})
