import type { Clock } from '../clock.ts'
import type { IssuerCutoffs } from '../ecosystems/issuer-cutoffs.ts'
import type { FederatedIdentities, Record } from './domain.ts'
import type { EventEffect } from './event-effects.ts'
import type { EventSubject } from './event-subject.ts'
import { NoSubject } from './event-subject.ts'

/** One thing that an issuer says, of somebody, as of some time. */
export interface Word extends EventSubject {
  readonly issuer: string
  readonly effect: EventEffect
  /** When it became so, in milliseconds since the epoch by the issuer's clock. */
  readonly at: number
  readonly reason: string
}

/** Follows the word of the providers. The cutoff comes first, so that nobody joins with an old token meanwhile. */
export class Follower {
  readonly #identities: FederatedIdentities
  readonly #cutoffs: IssuerCutoffs
  readonly #clock: Clock
  readonly #record: Record

  constructor(parts: {
    readonly identities: FederatedIdentities
    readonly cutoffs: IssuerCutoffs
    readonly clock: Clock
    readonly record: Record
  }) {
    this.#identities = parts.identities
    this.#cutoffs = parts.cutoffs
    this.#clock = parts.clock
    this.#record = parts.record
  }

  /**
   * Follows one word. What takes has worked when this returns, whatever comes of the promise.
   * @throws DomainError unavailable, NoSubject for a word that needs a subject and has none
   */
  async follow({ issuer, subject, sid, effect, at, reason }: Word): Promise<void> {
    if (effect === 'none') return
    const as = Math.min(at, this.#clock.now())
    if (effect === 'end_sessions') {
      const whose = {
        issuer,
        ...(subject !== undefined && { subject }),
        ...(sid !== undefined && { sid }),
      }
      const kept = this.#cutoffs.add({ ...whose, at: as })
      this.#note(effect, { issuer, subject, reason })
      // Of one session all tokens end, whenever they were issued.
      const since = sid === undefined ? { since: as } : {}
      await Promise.all([kept, this.#identities.endSessions({ ...whose, ...since, reason })])
      return
    }
    if (subject === undefined)
      throw new NoSubject('the event is about a session and not an account')
    const identity = { issuer, subject, reason }
    if (effect === 'disable') {
      const kept = this.#cutoffs.add({ issuer, subject, at: as })
      this.#note(effect, identity)
      await Promise.all([kept, this.#identities.disable(identity)])
      return
    }
    // It was overtaken on the way by a later word that took, or somebody says again what was said before that.
    if (this.#cutoffs.cuts({ issuer, subject, issuedAt: as, claims: {} })) return
    const enabled = await this.#identities.enable(identity)
    if (enabled !== undefined) this.#note(effect, identity)
  }

  #note(
    effect: EventEffect,
    { issuer, subject, reason }: { issuer: string; subject: string | undefined; reason: string },
  ): void {
    this.#record({ issuer, ...(subject !== undefined && { subject }), effect, reason })
  }
}
