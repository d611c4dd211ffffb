import { z } from 'zod'
import { procedure, type Procedure } from '../../procedure.ts'
import { procedureUris } from '../../uris.ts'
import { id } from '../inputs.ts'
import { notFound } from '../scope.ts'
import { authenticatorsOf } from './ownership.ts'
import { authenticatorView } from './view.ts'

const schema = z.strictObject({ id: id.describe('id of the authenticator') })

/** What belongs to nobody that there is, is nobody's own. */
const nobody = ''

export const authenticatorRevoke: Procedure = procedure({
  uri: procedureUris.authenticatorRevoke,
  summary:
    'Let a watch, phone, key or passkey confirm nothing any more, at once, not even what it has confirmed and nobody has used yet.',
  input: schema,
  right: authenticatorsOf<z.output<typeof schema>>(
    (input, { ecosystems }) => ecosystems.authenticators.get(input.id)?.person ?? nobody,
  ),
  changes: true,
  cli: { positional: ['id'] },
  target: (input) => input.id,
  async handle(input, { ecosystems: { authenticators } }) {
    if (authenticators.get(input.id) === undefined) throw notFound('authenticator', input.id)
    return authenticatorView(await authenticators.revoke(input.id))
  },
})
