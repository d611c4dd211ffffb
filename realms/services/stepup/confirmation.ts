import { z } from 'zod'
import type { Challenge } from '../../../ecosystems/proofs/challenges.ts'
import { ed25519PublicKey } from '../../../ecosystems/proofs/public-key.ts'
import { verifyStepUp } from '../../../ecosystems/proofs/step-up-proof.ts'
import type { Passkey, Passkeys } from '../../../ecosystems/proofs/webauthn.ts'
import type { StepUp } from '../../../ecosystems/step-ups.ts'
import type { AuthenticatorRow } from '../../../ecosystems/store/store.ts'
import { ProofError } from '../../../proofs/proof-error.ts'
import { WampError } from '../../../router/wire/errors.ts'
import type { ProcedureContext } from '../../procedure.ts'
import { fallen } from '../../standing.ts'
import type { ConfirmRequest } from '../../uris.ts'
import { jws } from '../inputs.ts'

/** How a challenge is answered, as keys of an input. */
export const answerKeys: {
  proof: z.ZodOptional<typeof jws>
  webauthn: z.ZodOptional<z.ZodRecord<z.ZodString, z.ZodUnknown>>
} = {
  proof: jws.optional().describe('what a watch, a phone or a key signed for the challenge'),
  webauthn: z
    .record(z.string(), z.unknown(), { error: 'a dictionary' })
    .optional()
    .describe("the browser's answer, where a passkey signed"),
}

/** Values of `answerKeys`. */
export interface ProofInput {
  readonly proof?: string | undefined
  readonly webauthn?: Readonly<Record<string, unknown>> | undefined
}

/** Opens a challenge that only the calling session can answer. @throws DomainError invalid_state (a bound) */
export function beginChallenge(
  { proofs, caller }: ProcedureContext,
  uri: string,
  argsSha256: string,
): { readonly challenge: Challenge; readonly request: ConfirmRequest } {
  const challenge = proofs.challenges.begin({
    caller: caller.principal.authid,
    uri,
    argsSha256,
    session: caller.id,
  })
  const request: ConfirmRequest = {
    challenge: challenge.challenge,
    uri,
    args_sha256: argsSha256,
    caller: challenge.caller,
    session: caller.id,
    expires_at: challenge.expiresAt,
  }
  return { challenge, request }
}

/** What a browser is to be asked, where the person has passkeys that the house takes. */
export function passkeyOptions(
  { proofs }: ProcedureContext,
  challenge: Challenge,
  rows: readonly AuthenticatorRow[],
): ReturnType<Passkeys['authenticationOptions']> | undefined {
  const known = rows.flatMap((row) => passkeyOf(row) ?? [])
  return known.length === 0 ? undefined : proofs.passkeys?.authenticationOptions(challenge, known)
}

/** The challenge, which is used up by this, whatever its answer is worth. @throws WampError not_authorized */
export function takeChallenge({ proofs, caller }: ProcedureContext, challenge: string): Challenge {
  return judged(() => {
    const taken = proofs.challenges.take(challenge, caller.principal.authid)
    if (taken.session !== caller.id) throw new ProofError('audience', 'it is of another session')
    return taken
  })
}

/**
 * What the answer to a challenge is worth: never more than the enrolment of whatever signed it, and for no longer than
 * was signed for.
 * @throws WampError `wamp.error.not_authorized`, whatever was wrong with it
 */
export async function confirmed(
  context: ProcedureContext,
  challenge: Challenge,
  { proof, webauthn }: ProofInput,
): Promise<StepUp> {
  if ((proof === undefined) === (webauthn === undefined))
    throw new WampError('wamp.error.invalid_argument', 'needed is either proof or webauthn')
  const { ecosystems, clock, caller } = context
  const { authenticators } = ecosystems
  const rows = authenticators.activeOf(challenge.caller)
  const { row, expiresAt } =
    webauthn === undefined
      ? judged(() => signer(rows, challenge, proof, clock.now()))
      : await judgedLater(byPasskey(context, rows, challenge, webauthn))
  // While its signature was looked at.
  if (!authenticators.isActive(row.id) || caller.gone || fallen(caller.principal, ecosystems))
    throw refusal(new ProofError('untrusted', 'the authenticator or the account was shut out'))
  return {
    session: caller.id,
    uri: challenge.uri,
    argsSha256: challenge.argsSha256,
    acr: row.acr,
    provenAt: clock.now(),
    expiresAt,
    authenticator: row.id,
  }
}

/** Whose key it was: a proof does not say, so that it cannot choose. */
function signer(
  rows: readonly AuthenticatorRow[],
  challenge: Challenge,
  proof: unknown,
  now: number,
): { readonly row: AuthenticatorRow; readonly expiresAt: number } {
  for (const row of rows) {
    if (row.kind === 'passkey') continue
    try {
      const { exp } = verifyStepUp(proof, { publicKey: row.publicKey, challenge, now })
      return { row, expiresAt: Math.min(challenge.expiresAt, exp * 1_000) }
    } catch (error) {
      if (!(error instanceof ProofError) || error.problem !== 'signature') throw error
    }
  }
  throw new ProofError('signature', 'no authenticator of the person signed this')
}

async function byPasskey(
  { proofs, ecosystems, clock }: ProcedureContext,
  rows: readonly AuthenticatorRow[],
  challenge: Challenge,
  response: Readonly<Record<string, unknown>>,
): Promise<{ readonly row: AuthenticatorRow; readonly expiresAt: number }> {
  const row = rows.find(({ credential }) => credential?.id === response['id'])
  const passkey = row && passkeyOf(row)
  if (row === undefined || passkey === undefined || proofs.passkeys === undefined)
    throw new ProofError('untrusted', 'no passkey of the person signed this')
  const { counter } = await proofs.passkeys.verify(response, passkey, challenge, clock.now())
  await ecosystems.authenticators.counted(row.id, counter)
  return { row, expiresAt: challenge.expiresAt }
}

export function passkeyOf({ credential, publicKey }: AuthenticatorRow): Passkey | undefined {
  return credential === null ? undefined : { ...credential, publicKey }
}

/** Runs what judges a proof. Why one was not taken is for the record alone. @throws WampError not_authorized */
export function judged<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw error instanceof ProofError ? refusal(error) : error
  }
}

/** The same for what takes its time. */
export async function judgedLater<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    throw error instanceof ProofError ? refusal(error) : error
  }
}

function refusal(cause: ProofError): WampError {
  return new WampError('wamp.error.not_authorized', 'the proof was not taken', { cause })
}

/** @throws WampError invalid_argument for what is no key by which a signature proves anything */
export function checkPublicKey(publicKey: string): void {
  try {
    ed25519PublicKey(publicKey)
  } catch (error) {
    if (!(error instanceof ProofError)) throw error
    throw new WampError('wamp.error.invalid_argument', `public_key: ${error.message}`, {
      cause: error,
    })
  }
}
