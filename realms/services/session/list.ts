import { z } from 'zod'
import type { Dict } from '../../../router/wire/message.ts'
import { procedure, type Procedure } from '../../procedure.ts'
import { procedureUris } from '../../uris.ts'
import { id } from '../inputs.ts'
import { self } from '../rights.ts'
import { mayHandle } from './ownership.ts'
import { sessionView } from './view.ts'

export const sessionList: Procedure = procedure({
  uri: procedureUris.sessionList,
  summary: "List the sessions of all realms for the operator, for others one's own.",
  input: z.strictObject({
    person: id.optional().describe('only sessions of this person'),
  }),
  right: self,
  changes: false,
  cli: { columns: ['session', 'realm', 'kind', 'authid', 'transport', 'address', 'joined_at'] },
  handle(input, context) {
    const sessions: Dict[] = []
    for (const realm of context.router.realms.values())
      for (const session of realm.sessions.values()) {
        const { kind, authid } = session.principal
        if (input.person !== undefined && (kind !== 'person' || authid !== input.person)) continue
        if (mayHandle(context, session)) sessions.push(sessionView(session))
      }
    return { sessions }
  },
})
