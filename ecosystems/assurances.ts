import type { EpochCounter } from './epochs.ts'
import { Epoch } from './epochs.ts'
import type { Evidence } from './evidence.ts'
import type { Assurance } from './store/store.ts'

/** How strongly a session's party has proven who it is, as one ecosystem sees it. */
export interface Proven {
  readonly acr: Assurance
  /** When, in milliseconds since the epoch. */
  readonly at: number
}

const order: Readonly<Record<Assurance, number>> = { aal1: 1, aal2: 2, aal3: 3 }

/** Whether the first is at least as strong as the second. */
export function reaches(acr: Assurance, required: Assurance): boolean {
  return order[acr] >= order[required]
}

/** What each ecosystem makes of what providers say: how far it trusts them, and what their words are worth there. */
export class Assurances {
  readonly #epoch = new Epoch()

  /** The best level that anybody with such evidence has in the ecosystem: 1 for no limit, `Infinity` for no trust. */
  capOf(evidence: Evidence, _ecosystem: string): number {
    return evidence.maxLevel ?? 1
  }

  /** `undefined`: nothing is known of how or when. */
  provenIn(evidence: Evidence, _ecosystem: string): Proven | undefined {
    return evidence.authAt === undefined ? undefined : { acr: 'aal1', at: evidence.authAt }
  }

  /** What to ask the party's provider for, in its own words; ours where it has none. */
  namesOf(_evidence: Evidence, _ecosystem: string, acr: Assurance): readonly string[] {
    return [acr]
  }

  /** Moves when the trust in a provider changes anywhere. */
  get epoch(): EpochCounter {
    return this.#epoch
  }
}
