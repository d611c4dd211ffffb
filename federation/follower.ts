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

/** Identities of which it is remembered that their provider has disabled them. */
const maxDisabled = 10_000

/** Follows the word of the providers. The cutoff comes first, so that nobody joins with an old token meanwhile. */
export class Follower {
  readonly #identities: FederatedIdentities
  readonly #cutoffs: IssuerCutoffs
  readonly #clock: Clock
  readonly #record: Record
  /** What was said before this could be said again by whoever has kept it: what came then is forgotten. */
  readonly #since: number
  /** Disabled by their provider, oldest first: what the house has disabled by itself, no provider enables. */
  readonly #disabled = new Set<string>()

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
    this.#since = parts.clock.now()
  }

  /** The house has disabled this identity by itself. */
  disabledHere(issuer: string, subject: string): void {
    this.#disabled.delete(keyOf(issuer, subject))
  }

  /** Whether a word of this time that gives something may still be followed. */
  mayGive(at: number): boolean {
    return at >= this.#since
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
      this.#cutoffs.add({ ...whose, at: as })
      this.#note(effect, { issuer, subject, reason })
      // Of one session all tokens end, whenever they were issued.
      await this.#identities.endSessions({
        ...whose,
        ...(sid === undefined && { since: as }),
        reason,
      })
      return
    }
    if (subject === undefined)
      throw new NoSubject('the event is about a session and not an account')
    const identity = { issuer, subject, reason }
    if (effect === 'disable') {
      this.#cutoffs.add({ issuer, subject, at: as })
      this.#note(effect, identity)
      const done = this.#identities.disable(identity)
      // Not before: the house tells of every disabling, this one too.
      this.#remember(keyOf(issuer, subject))
      await done
      return
    }
    // By the house's own word, or before its last start: whoever disabled it is the one to say.
    if (!this.#disabled.has(keyOf(issuer, subject))) return
    // It was overtaken on the way by a later word that took.
    if (this.#cutoffs.cuts({ issuer, subject, issuedAt: as, claims: {} })) return
    this.#note(effect, identity)
    await this.#identities.enable(identity)
  }

  /** Whoever is forgotten is enabled by hand. */
  #remember(key: string): void {
    this.#disabled.delete(key)
    this.#disabled.add(key)
    const [oldest] = this.#disabled
    if (this.#disabled.size > maxDisabled && oldest !== undefined) this.#disabled.delete(oldest)
  }

  #note(
    effect: EventEffect,
    { issuer, subject, reason }: { issuer: string; subject: string | undefined; reason: string },
  ): void {
    this.#record({ issuer, ...(subject !== undefined && { subject }), effect, reason })
  }
}

function keyOf(issuer: string, subject: string): string {
  return JSON.stringify([issuer, subject])
}
