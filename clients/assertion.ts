import type { Clock } from '../clock.ts'
import { assertionLifetimeS, assertionShape, maxProofChars, proofTypes } from '../proofs/claims.ts'
import type { AssertionClaims } from '../proofs/claims.ts'
import { ProofError } from '../proofs/proof-error.ts'
import { Spent } from '../proofs/spent.ts'
import { argumentsDigest } from './digest.ts'
import type { Delivery } from './payload.ts'
import { clientClock } from './timers.ts'
import type { TrustBundle } from './trust.ts'

export interface AssertionOptions {
  readonly clock?: Clock
  /** How far the device's clock may be from the house's, in milliseconds. Default 5,000. */
  readonly skewMs?: number
  /** Assertions that are remembered so that none counts twice. Default 10,000; beyond it none is taken. */
  readonly maxRemembered?: number
}

/**
 * Verifies the house's word in INVOCATION.Details._authz: who asks for what, with which arguments. Needs nothing but
 * the trust bundle, so whoever runs, or breaks into, the router can command nothing that the house's key did not sign.
 */
export class AssertionVerifier {
  readonly #clock: Clock
  readonly #skewMs: number
  readonly #spent: Spent
  /** What was used before is not remembered. */
  readonly #startedAt: number

  constructor({
    clock = clientClock,
    skewMs = 5_000,
    maxRemembered = 10_000,
  }: AssertionOptions = {}) {
    this.#clock = clock
    this.#skewMs = skewMs
    this.#spent = new Spent({ max: maxRemembered })
    this.#startedAt = clock.now()
  }

  /** @throws ProofError saying why this is not the house's word on this very call */
  async verify(
    trust: TrustBundle | undefined,
    uri: string,
    { args, kwargs, details }: Delivery,
  ): Promise<AssertionClaims> {
    if (trust === undefined) throw new ProofError('untrusted', 'there is no trust bundle yet')
    const { _authz: text } = details
    if (text === undefined) throw new ProofError('absent', 'the call came without an assertion')
    const claims = await trust.verify(text, {
      typ: proofTypes.assertion,
      shape: assertionShape,
      maxChars: maxProofChars,
    })
    if (claims.iss !== trust.fingerprint)
      throw new ProofError('signature', 'it names another house')
    if (claims.aud !== trust.claims.device)
      throw new ProofError('audience', 'it is for another device')
    if (claims.uri !== uri) throw new ProofError('uri', 'it is for another procedure')
    if (claims.args_sha256 !== (await argumentsDigest({ args, kwargs })))
      throw new ProofError('arguments', 'it is for other arguments')
    this.#checkTime(claims)
    return claims
  }

  /** Nothing is awaited between the look at the clock and the note that it was used: two at once give one. */
  #checkTime({ iat, exp, jti }: AssertionClaims): void {
    const now = this.#clock.now()
    const until = exp * 1_000 + this.#skewMs
    if (now >= until) throw new ProofError('expired', 'it is too old')
    if (iat * 1_000 > now + this.#skewMs) throw new ProofError('time', 'it is of the future')
    // Without regard to clocks that differ: a device whose clock is ahead waits that long after its start.
    if ((iat + 1) * 1_000 <= this.#startedAt)
      throw new ProofError(
        'time',
        'it is older than this program, which cannot know whether it was used',
      )
    if (exp <= iat || exp - iat > assertionLifetimeS)
      throw new ProofError('time', `it is good for longer than ${assertionLifetimeS} s`)
    this.#spent.spend(jti, until, now)
  }
}
