import { reaches, worthOf } from './assurance-map.ts'
import type { EpochCounter } from './epochs.ts'
import type { Evidence } from './evidence.ts'
import type { IdpTrusts } from './idp-trusts.ts'
import type { Idps } from './idps.ts'
import type { Assurance, AssuranceMap, IdentityRow } from './store/store.ts'

/** How strongly a session's party has proven who it is, as one ecosystem sees it. */
export interface Proven {
  readonly acr: Assurance
  /** When, in milliseconds since the epoch; `-Infinity`: nobody says. */
  readonly at: number
}

/** What each ecosystem makes of what providers say: how far it trusts them, and what their words are worth there. */
export class Assurances {
  readonly #idps: Idps
  readonly #trusts: IdpTrusts
  readonly #identitiesBehind: (local: string) => readonly IdentityRow[]
  readonly #epoch: EpochCounter

  constructor(parts: {
    readonly idps: Idps
    readonly trusts: IdpTrusts
    /** The identities of the person whose local identity this is, those that are in good standing. */
    readonly identitiesBehind: (local: string) => readonly IdentityRow[]
    /** Moves when the trust in a provider changes anywhere. */
    readonly epoch: EpochCounter
  }) {
    this.#idps = parts.idps
    this.#trusts = parts.trusts
    this.#identitiesBehind = parts.identitiesBehind
    this.#epoch = parts.epoch
  }

  /** The best level that anybody with such evidence has in the ecosystem: 1 for no limit, `Infinity` for no trust. */
  capOf({ identity, local, maxLevel = 1 }: Evidence, ecosystem: string): number {
    if (identity !== undefined)
      return Math.max(maxLevel, this.#capOfIssuer(identity.issuer, ecosystem))
    if (local === undefined) return maxLevel
    if (local.ecosystem !== ecosystem) return Infinity
    // No better than the best of what the person could show if the providers could be reached.
    const caps = this.#identitiesBehind(local.id).map(({ issuer }) =>
      this.#capOfIssuer(issuer, ecosystem),
    )
    return Math.max(maxLevel, Math.min(...caps))
  }

  /** `undefined`: nothing is known of how or when. */
  provenIn({ identity, acr, amr = [], authAt }: Evidence, ecosystem: string): Proven | undefined {
    if (authAt === undefined && acr === undefined && amr.length === 0) return undefined
    const at = authAt ?? -Infinity
    if (identity === undefined) return { acr: 'aal1', at }
    const map = this.#mapOf(identity.issuer, ecosystem)
    // What the provider says of the sign-in as a whole goes before the single methods.
    if (acr !== undefined && Object.hasOwn(map, acr)) return { acr: worthOf(map, acr), at }
    const best = amr
      .map((method) => worthOf(map, method))
      .reduce((a, b) => (reaches(a, b) ? a : b), 'aal1')
    return { acr: best, at }
  }

  /** What to ask the party's provider for, in its own words; ours where it has none. The weakest that will do first. */
  namesOf({ identity }: Evidence, ecosystem: string, acr: Assurance): readonly string[] {
    if (identity === undefined) return [acr]
    const words = Object.entries(this.#mapOf(identity.issuer, ecosystem))
      .filter(([, worth]) => reaches(worth, acr))
      .toSorted(([, a], [, b]) => Number(reaches(a, b)) - Number(reaches(b, a)))
      .map(([word]) => word)
    return words.length === 0 ? [acr] : words
  }

  /** Whether nobody may come by this provider any more. */
  isShut(issuer: string): boolean {
    return this.#idps.isDisabled(issuer)
  }

  /** Moves when the trust in a provider changes anywhere. */
  get epoch(): EpochCounter {
    return this.#epoch
  }

  #capOfIssuer(issuer: string, ecosystem: string): number {
    if (this.#idps.byIssuer(issuer).length === 0) return Infinity
    const trust = this.#trusts.get(ecosystem, issuer)
    if (trust === undefined) return this.#idps.presetOf(issuer).status === 'active' ? 1 : Infinity
    return trust.status === 'active' ? trust.maxLevel : Infinity
  }

  #mapOf(issuer: string, ecosystem: string): AssuranceMap {
    const own = this.#trusts.get(ecosystem, issuer)?.acrMap
    return own ?? this.#idps.acrMapOf(issuer)
  }
}
