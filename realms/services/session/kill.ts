import { z } from 'zod'
import { procedure, type Procedure, type Right } from '../../procedure.ts'
import { procedureUris } from '../../uris.ts'
import { session } from '../inputs.ts'
import { self } from '../rights.ts'
import { notFound } from '../scope.ts'
import { mayHandle, sessionOf } from './ownership.ts'

const ownSession: Right<{ session: number }> = {
  name: 'own session',
  admits: (caller) => self.admits(caller),
  permits(input, context) {
    if (context.caller.principal.kind === 'operator') return true
    const found = sessionOf(context.router, input.session)
    return found !== undefined && mayHandle(context, found)
  },
}

const schema = z.strictObject({ session: session.describe('id of the session') })

export const sessionKill: Procedure = procedure({
  uri: procedureUris.sessionKill,
  summary: "End a session with GOODBYE: any for the operator, for others one's own.",
  input: schema,
  right: ownSession,
  changes: true,
  cli: { positional: ['session'] },
  target: (input) => String(input.session),
  handle(input, { router }) {
    const found = sessionOf(router, input.session)
    if (found === undefined) throw notFound('session', input.session)
    // The answer goes first: the session may be the caller's own.
    setImmediate(() => found.kill())
    return { session: input.session }
  },
})
