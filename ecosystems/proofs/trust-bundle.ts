import { proofTypes, type TrustClaims } from '../../proofs/claims.ts'
import type { HouseKeys } from './house-key.ts'
import { canonicalDigest } from './digest.ts'

/** What a bundle says of a device. `policy`: whatever decides about it; only its digest goes out. */
export interface TrustFacts extends Pick<
  TrustClaims,
  'device' | 'realm' | 'prefix' | 'ecosystems' | 'owners'
> {
  readonly policy: unknown
}

export interface SignedTrust {
  /** Signed by the key that it names. */
  readonly bundle: string
  /** The same, signed by the key before it. */
  readonly handover?: string
}

/** @throws ProofError `arguments` for a policy without a canonical form */
export function signTrust(
  { current, previous }: HouseKeys,
  { policy, ecosystems, owners, ...facts }: TrustFacts,
  now: number,
): SignedTrust {
  const claims: TrustClaims = {
    version: 1,
    key: current.publicJwk,
    ...facts,
    ecosystems: ecosystems.toSorted(),
    owners: owners.toSorted(),
    policy_hash: canonicalDigest(policy).toString('hex'),
    issued_at: now,
  }
  return {
    bundle: current.sign(proofTypes.trust, claims),
    ...(previous !== undefined && { handover: previous.sign(proofTypes.trust, claims) }),
  }
}
