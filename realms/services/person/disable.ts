import { z } from 'zod'
import { procedure, type Procedure } from '../../procedure.ts'
import { procedureUris } from '../../uris.ts'
import { id } from '../inputs.ts'
import { answeringFirst } from '../answering-first.ts'
import { requireFresh } from '../fresh.ts'
import { concerned } from '../rights.ts'
import { personView } from './view.ts'

const schema = z.strictObject({ person: id.describe('id of the person') })

/** Whoever closes his own account has just signed in: a session that was left open does not do. */
export const personDisable: Procedure = procedure({
  uri: procedureUris.personDisable,
  summary:
    'Close an account: nothing is allowed any more and all sessions of the person end, at once.',
  input: schema,
  right: concerned<z.output<typeof schema>>(({ person }) => person),
  changes: true,
  cli: { positional: ['person'] },
  target: (input) => input.person,
  async handle(input, context) {
    const { ecosystems, caller } = context
    if (caller.principal.kind === 'operator') {
      const row = await ecosystems.people.disable(input.person)
      return personView(row, ecosystems.people.identitiesOf(row.id))
    }
    requireFresh(context, procedureUris.personDisable)
    const row = await answeringFirst(context, (asker) =>
      ecosystems.people.disable(input.person, { asker }),
    )
    return personView(row, ecosystems.people.identitiesOf(row.id))
  },
})
