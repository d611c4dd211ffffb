import type { Clock } from '../../clock.ts'
import {
  presenceLifetimeS,
  presenceShape,
  proofTypes,
  type PresenceClaims,
} from '../../proofs/claims.ts'
import { ProofError } from '../../proofs/proof-error.ts'
import { Spent } from '../../proofs/spent.ts'
import { verifyJws } from './jws.ts'
import { ed25519PublicKey } from './public-key.ts'

/** How far the clock of a watch may be ahead of ours; with whole seconds, no proof lives for more than 11 s by it. */
const aheadMs = 1_000

/** Signs of presence at a lock. Each counts once; what was used is remembered for as long as it could be used again. */
export class PresenceProofs {
  readonly #clock: Clock
  readonly #spent: Spent
  /** What was used before is not remembered. */
  readonly #startedAt: number

  /** `max`: proofs that are remembered at the same time. Beyond it none is taken until some have ended. */
  constructor({ clock, max = 10_000 }: { readonly clock: Clock; readonly max?: number }) {
    this.#clock = clock
    this.#spent = new Spent({ max })
    this.#startedAt = clock.now()
  }

  /**
   * `lock` is the device that brings the proof, as it has proven itself, and `nonce` what it says that it had given
   * out; `publicKey` is an enrolled key's, in hex. @throws ProofError
   */
  verify(
    proof: unknown,
    {
      lock,
      nonce,
      publicKey,
    }: { readonly lock: string; readonly nonce: string; readonly publicKey: string },
  ): PresenceClaims {
    const key = ed25519PublicKey(publicKey)
    const claims = verifyJws(proof, { typ: proofTypes.presence, key, shape: presenceShape })
    const now = this.#clock.now()
    const until = claims.exp * 1_000
    if (claims.lock !== lock) throw new ProofError('audience', 'it is for another lock')
    if (claims.nonce !== nonce) throw new ProofError('challenge', 'it is for another nonce')
    if (now >= until) throw new ProofError('expired', `it is older than ${presenceLifetimeS} s`)
    if (until > now + presenceLifetimeS * 1_000 + aheadMs)
      throw new ProofError('time', `it is good for longer than ${presenceLifetimeS} s`)
    const signedBefore = until - (presenceLifetimeS - 1) * 1_000
    if (signedBefore <= this.#startedAt)
      throw new ProofError(
        'time',
        'it is older than this program, which cannot know whether it was used',
      )
    this.#spent.spend(`${publicKey} ${lock} ${nonce}`, until, now)
    return claims
  }
}
