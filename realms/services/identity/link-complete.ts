import { timingSafeEqual } from 'node:crypto'
import { z } from 'zod'
import { evidenceOf } from '../../../ecosystems/evidence.ts'
import { WampError } from '../../../router/wire/errors.ts'
import { procedure, type Procedure, type ProcedureContext } from '../../procedure.ts'
import { fallen } from '../../standing.ts'
import { procedureUris } from '../../uris.ts'
import { freshMs, isFresh, requireFreshAccount } from '../fresh.ts'
import { secret } from '../inputs.ts'
import { person } from '../rights.ts'
import { stepUpRequired } from '../stepup/required.ts'
import { identityView } from './view.ts'

const uri = procedureUris.identityLinkComplete

/**
 * Both accounts have been proven within minutes, in one session: this one by how it joined, the other one by a token
 * that was made for nothing but this. That two accounts have the same address or name proves nothing.
 */
export const identityLinkComplete: Procedure = procedure({
  uri,
  summary: 'Link another account of one’s own, by a token of it that carries the nonce.',
  input: z.strictObject({
    ticket: secret.describe('what `identity.link.start` has given'),
    token: secret.describe('an ID token of the other account'),
  }),
  right: person,
  changes: true,
  secrets: ['ticket', 'token'],
  cli: { hidden: true },
  target: (_input, result) => (typeof result?.['subject'] === 'string' ? result['subject'] : ''),
  async handle(input, context) {
    requireFreshAccount(context, uri)
    const { caller, ecosystems, clock, proofOfToken } = context
    const { authid } = caller.principal
    const begun = ecosystems.links.take(input.ticket, authid, caller.id)
    if (begun === undefined) throw refused('the ticket is not good')
    const { issuer, subject, claims } = await proofOfToken(input.token)
    if (!isSame(claims.nonce ?? '', begun.nonce)) throw refused('the token was not made for this')
    const authAt = claims.auth_time === undefined ? undefined : claims.auth_time * 1_000
    if (!isFresh(authAt, clock.now()))
      throw stepUpRequired({ uri, acrValues: ['aal1'], maxAgeMs: freshMs })
    if (!isNoBetter(issuer, context))
      throw new WampError(
        'wamp.error.not_authorized',
        'not authorized: that account is trusted more than this one; sign in by it, and link this one to it',
      )
    const { row, changed } = await ecosystems.links.link(
      authid,
      { issuer, subject },
      () => !fallen(caller.principal, ecosystems),
    )
    return { ...identityView(row), changed }
  },
})

/**
 * Whether the other account is trusted with no more than the one by which the caller came, wherever that is. Else
 * whoever has the weaker one of a person would get past its cap by an account of his own at a better provider.
 */
function isNoBetter(issuer: string, { caller, ecosystems }: ProcedureContext): boolean {
  const { assurances, directory } = ecosystems
  const own = evidenceOf(caller.principal)
  const other = { identity: { issuer, subject: '' } }
  return directory
    .list()
    .every(({ id }) => assurances.capOf(other, id) >= assurances.capOf(own, id))
}

function refused(message: string): WampError {
  return new WampError('wamp.error.authentication_denied', message)
}

function isSame(a: string, b: string): boolean {
  const [one, other] = [Buffer.from(a), Buffer.from(b)]
  return one.length === other.length && timingSafeEqual(one, other)
}
