import { z } from 'zod'
import { evidenceOf } from '../../../ecosystems/evidence.ts'
import type { Principal } from '../../../router/access.ts'
import { WampError } from '../../../router/wire/errors.ts'
import { procedure, type Procedure } from '../../procedure.ts'
import { procedureUris } from '../../uris.ts'
import { secret } from '../inputs.ts'
import { person } from '../rights.ts'

/**
 * By when it was issued, where both say so: a stronger sign-in may come with a shorter token. Else by when they end.
 */
function isNewer(next: Principal, before: Principal): boolean {
  const issued = [next, before].map((each) => evidenceOf(each).identity?.issuedAt)
  const [a, b] = issued
  if (a !== undefined && b !== undefined) return a >= b
  return (next.expiresAt ?? Infinity) >= (before.expiresAt ?? Infinity)
}

/** A token never raises anybody: only one of the very person of the session is taken. */
export const sessionRefresh: Procedure = procedure({
  uri: procedureUris.sessionRefresh,
  summary: 'Keep this session beyond the end of its ID token, by a newer one of the same person.',
  input: z.strictObject({ token: secret.describe('a newer ID token') }),
  right: person,
  changes: true,
  secrets: ['token'],
  cli: { hidden: true },
  async handle(input, { caller, realm, verifyToken }) {
    const principal = await verifyToken(input.token, realm.uri)
    const session = realm.sessions.get(caller.id)
    if (principal.kind !== 'person' || principal.authid !== caller.principal.authid)
      throw new WampError('wamp.error.authentication_denied', 'the token is not of this person')
    if (session === undefined)
      throw new WampError('wamp.error.canceled', 'the session has ended meanwhile')
    if (!isNewer(principal, session.principal))
      throw new WampError(
        'wamp.error.invalid_argument',
        'token: is older than the one that the session has, allowed is a newer one',
      )
    session.renew(principal)
    return { expires_at: principal.expiresAt ?? null }
  },
})
