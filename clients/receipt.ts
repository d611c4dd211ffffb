import { calculateJwkThumbprint, importJWK } from 'jose'
import { maxProofChars, proofTypes, receiptShape } from '../proofs/claims.ts'
import type { Ed25519Jwk, ReceiptClaims } from '../proofs/claims.ts'
import { ProofError } from '../proofs/proof-error.ts'
import { verifySigned } from './signed.ts'
import { clientClock } from './timers.ts'

/**
 * The claims of a receipt that the house with this key signed and that still holds: any change makes it invalid.
 * Whether it was used before is known to the house alone. `now`: milliseconds since the epoch, default the machine's.
 * @throws ProofError
 */
export async function verifyReceipt(
  receipt: string,
  house: { readonly key: Ed25519Jwk },
  now: number = clientClock.now(),
): Promise<ReceiptClaims> {
  const { kty, crv, x } = house.key
  const kid = await calculateJwkThumbprint({ kty, crv, x })
  const key = await importJWK({ kty, crv, x }, 'EdDSA')
  const claims = await verifySigned(receipt, {
    typ: proofTypes.receipt,
    key,
    kid,
    shape: receiptShape,
    maxChars: maxProofChars,
  })
  if (claims.iss !== kid) throw new ProofError('signature', 'it names another house')
  if (now >= claims.exp * 1_000) throw new ProofError('expired', 'it is over')
  return claims
}
