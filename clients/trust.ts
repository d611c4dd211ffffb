import { calculateJwkThumbprint, importJWK } from 'jose'
import type { CryptoKey } from 'jose'
import { canonical } from '../proofs/arguments.ts'
import { maxBundleChars, proofTypes, trustShape } from '../proofs/claims.ts'
import type { ProofType, TrustClaims } from '../proofs/claims.ts'
import { ProofError } from '../proofs/proof-error.ts'
import { readShape } from '../proofs/shape.ts'
import type { Shape } from '../proofs/shape.ts'
import { unverifiedClaims, verifySigned } from './signed.ts'

/** What the router gives: the bundle, and where its key is a new one the same signed by the one before. */
export interface SignedTrust {
  readonly bundle: string
  readonly handover?: string | undefined
}

/**
 * The house that a device belongs to, pinned by its key: all that it needs to tell the house's word from a router's.
 */
export class TrustBundle {
  readonly claims: TrustClaims
  /** As it came, for keeping. */
  readonly jws: string
  /** Thumbprint of the house's key (RFC 7638), for people to compare. */
  readonly fingerprint: string
  readonly #key: CryptoKey

  private constructor(jws: string, claims: TrustClaims, key: CryptoKey, fingerprint: string) {
    this.jws = jws
    this.claims = claims
    this.fingerprint = fingerprint
    this.#key = key
  }

  /**
   * Takes a first bundle, or one that was kept. Without a `fingerprint` (from the claim's QR code, say) the first key
   * that comes is trusted, so whoever sits between at that moment would be.
   * @throws ProofError `signature` when another key signed it than it names, or than the fingerprint tells
   */
  static async pin(
    jws: string,
    expected: { readonly fingerprint?: string | undefined; readonly device?: string } = {},
  ): Promise<TrustBundle> {
    const { key: jwk } = readShape(unverifiedClaims(jws, maxBundleChars), trustShape)
    const kid = await calculateJwkThumbprint(jwk)
    if (expected.fingerprint !== undefined && expected.fingerprint !== kid)
      throw new ProofError('signature', `the house's key is ${kid}, not ${expected.fingerprint}`)
    const key = await importJWK({ ...jwk }, 'EdDSA')
    const claims = await verifySigned(jws, {
      typ: proofTypes.trust,
      key,
      kid,
      shape: trustShape,
      maxChars: maxBundleChars,
    })
    if (expected.device !== undefined && claims.device !== expected.device)
      throw new ProofError('audience', `it is for the device ${claims.device}`)
    return new TrustBundle(jws, claims, key, kid)
  }

  /**
   * Takes a newer bundle of the same house. Another key is taken only when the pinned one has signed for it.
   * @throws ProofError `signature` for another house's; `time` for an older one; `audience` for another device's
   */
  async update({ bundle, handover }: SignedTrust): Promise<TrustBundle> {
    const next = await TrustBundle.pin(bundle, { device: this.claims.device })
    if (next.fingerprint !== this.fingerprint) {
      const by = handover === undefined ? undefined : await this.#handedOver(handover)
      if (by?.key.x !== next.claims.key.x || by.issued_at !== next.claims.issued_at)
        throw new ProofError(
          'signature',
          `the router's key is ${next.fingerprint}, and this device trusts ${this.fingerprint}`,
        )
    }
    if (next.claims.issued_at < this.claims.issued_at)
      throw new ProofError('time', 'it is older than the one that is trusted')
    return next
  }

  /** The claims of something that the house has signed. Looks at no time. @throws ProofError */
  verify<T>(
    text: unknown,
    {
      typ,
      shape,
      maxChars,
    }: { readonly typ: ProofType; readonly shape: Shape<T>; readonly maxChars: number },
  ): Promise<T> {
    return verifySigned(text, { typ, shape, maxChars, key: this.#key, kid: this.fingerprint })
  }

  /** Whether it is of the same key and says the same, at whatever time. */
  saysTheSame(other: TrustBundle): boolean {
    const untimed = ({ claims }: TrustBundle): string => canonical({ ...claims, issued_at: 0 })
    return untimed(this) === untimed(other)
  }

  #handedOver(handover: string): Promise<TrustClaims> {
    return this.verify(handover, {
      typ: proofTypes.trust,
      shape: trustShape,
      maxChars: maxBundleChars,
    })
  }
}
