import { proofTypes, stepUpLifetimeS, stepUpShape, type StepUpClaims } from '../../proofs/claims.ts'
import { ProofError } from '../../proofs/proof-error.ts'
import type { Challenge } from './challenges.ts'
import { verifyJws } from './jws.ts'
import { ed25519PublicKey } from './public-key.ts'

/**
 * Verifies a person's confirmation of one call. `challenge` was taken out of `Challenges` for this; `publicKey` is the
 * enrolled key's, in hex. What the confirmation is worth is the key's enrolment's to say, not the proof's.
 * @throws ProofError
 */
export function verifyStepUp(
  proof: unknown,
  {
    publicKey,
    challenge,
    now,
  }: {
    readonly publicKey: string
    readonly challenge: Challenge
    readonly now: number
  },
): StepUpClaims {
  const key = ed25519PublicKey(publicKey)
  const claims = verifyJws(proof, { typ: proofTypes.stepUp, key, shape: stepUpShape })
  if (claims.challenge !== challenge.challenge)
    throw new ProofError('challenge', 'it answers another challenge')
  if (claims.caller !== challenge.caller)
    throw new ProofError('audience', 'it is of another person')
  if (claims.session !== challenge.session)
    throw new ProofError('audience', 'it is for another session')
  if (claims.uri !== challenge.uri) throw new ProofError('uri', 'it is for another procedure')
  if (claims.args_sha256 !== challenge.argsSha256)
    throw new ProofError('arguments', 'it is for other arguments')
  if (now >= challenge.expiresAt || now >= claims.exp * 1_000)
    throw new ProofError('expired', 'it is too old')
  if (claims.exp * 1_000 > now + stepUpLifetimeS * 1_000)
    throw new ProofError('time', `it is good for longer than ${stepUpLifetimeS} s`)
  return claims
}
