import { z } from 'zod'
import type { AuthenticatorRow } from '../../../ecosystems/store/store.ts'
import { presenceLifetimeS } from '../../../proofs/claims.ts'
import { ProofError } from '../../../proofs/proof-error.ts'
import { WampError } from '../../../router/wire/errors.ts'
import { procedure, type Procedure, type ProcedureContext } from '../../procedure.ts'
import { procedureUris } from '../../uris.ts'
import { deviceUri, jws, nonce, publicKey } from '../inputs.ts'
import { namesAreKept } from '../kept-names.ts'
import { device } from '../rights.ts'
import { judged } from '../stepup/confirmation.ts'
import { isAllowedAt } from './allowed.ts'

/** Whose a sign is has to be found out by trying where the lock cannot say; a try takes some 60 µs. */
const maxTried = 64

export const presenceVerify: Procedure = procedure({
  uri: procedureUris.presenceVerify,
  summary:
    'As a lock: bring the sign of a watch that is at it. The person counts as being there for ten seconds.',
  input: z.strictObject({
    nonce: nonce.describe('what the lock had given out, for this once'),
    proof: jws.describe('what the watch signed'),
    public_key: publicKey
      .optional()
      .describe(`the watch's public key; needed where more than ${maxTried} are enrolled`),
    uri: deviceUri
      .optional()
      .describe(
        'what the lock is to do for it, without arguments, for the answer; absent: what asks for presence there, if that is one',
      ),
  }),
  right: device,
  changes: true,
  secrets: ['proof'],
  cli: { hidden: true },
  target: (_input, result) => (typeof result?.['person'] === 'string' ? result['person'] : ''),
  async handle(input, context) {
    const { ecosystems, proofs, caller, clock } = context
    const lock = caller.principal.authid
    const bound = { lock, nonce: input.nonce }
    const row = judged(() =>
      signer(candidates(input.public_key, context), ({ publicKey: key }) =>
        proofs.presence.verify(input.proof, { ...bound, publicKey: key }),
      ),
    )
    // A lock is told who stands before it, but not who passes by: that is nobody's business there.
    if (!isKnownHere(row.person, context))
      throw judgedUnknown('the person has nothing to do with this device')
    const now = clock.now()
    const until = now + presenceLifetimeS * 1_000
    ecosystems.presences.note(row.person, lock, { now, until })
    const isNamed = !namesAreKept(context)
    return {
      ...(isNamed && { person: row.person }),
      allowed: await isAllowedAt(row, context, input.uri),
      until,
    }
  },
})

function candidates(
  publicKeyOfWatch: string | undefined,
  { ecosystems: { authenticators, people } }: ProcedureContext,
): readonly AuthenticatorRow[] {
  const counts = ({ kind, status, person }: AuthenticatorRow): boolean =>
    status === 'active' && kind !== 'passkey' && people.get(person)?.status === 'active'
  // A lock that names the key costs no look at everybody's.
  if (publicKeyOfWatch !== undefined) {
    const row = authenticators.byPublicKey(publicKeyOfWatch)
    return row !== undefined && counts(row) ? [row] : []
  }
  const found: AuthenticatorRow[] = []
  for (const row of authenticators.active()) {
    if (!counts(row)) continue
    if (found.length === maxTried)
      throw new WampError(
        'wamp.error.invalid_argument',
        `public_key: missing, needed where more than ${maxTried} are enrolled`,
      )
    found.push(row)
  }
  return found
}

/** The one that signed; what is wrong otherwise is the same for all. @throws ProofError */
function signer(
  rows: readonly AuthenticatorRow[],
  verify: (row: AuthenticatorRow) => unknown,
): AuthenticatorRow {
  for (const row of rows) {
    try {
      verify(row)
      return row
    } catch (error) {
      if (!(error instanceof ProofError) || error.problem !== 'signature') throw error
    }
  }
  throw new ProofError('signature', 'no enrolled authenticator signed this')
}

function isKnownHere(person: string, { ecosystems, caller, clock }: ProcedureContext): boolean {
  const now = clock.now()
  const row = ecosystems.devices.get(caller.principal.authid)
  const subject = { kind: 'person', id: person } as const
  return (
    row?.owner === person ||
    (row?.ecosystems.some((id) => ecosystems.holdings.holdsIn(subject, id, now)) ?? false)
  )
}

function judgedUnknown(why: string): WampError {
  return new WampError('wamp.error.not_authorized', 'the proof was not taken', {
    cause: new ProofError('audience', why),
  })
}
