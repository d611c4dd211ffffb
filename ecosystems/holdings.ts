import type { EpochCounter } from './epochs.ts'
import type { Grants, Subject } from './grants.ts'
import type { CapabilityAction, GrantRow } from './store/store.ts'

/** What somebody holds in an ecosystem by one grant. */
export interface Holding {
  readonly grant: GrantRow
  /** In the ecosystem asked about: what the maps of spanning ecosystems on the way make of the grant's level. */
  readonly level: number
  /** From the grant's ecosystem to the one asked about; empty where they are the same. */
  readonly through: readonly string[]
}

/** What is held of one URI at one moment. */
export interface Held {
  /** Those in force now that reach the URI and the action. */
  readonly active: readonly Holding[]
  /** Those that would reach it and are of no use now, with the reason: for whoever explains. */
  readonly idle: readonly { readonly grant: GrantRow; readonly reason: IdleReason }[]
  /** When that changes by itself: a window opens or ends. `Infinity`: never. */
  readonly until: number
}

/** Why a grant is of no use now. */
export type IdleReason =
  'not_yet' | 'over' | 'outside_hours' | 'used_up' | 'suspended' | 'dead_link'

/** What is asked about. */
export interface Sought {
  readonly subject: Subject
  /** `null`: names of a person's own (`user.<id>.…`). */
  readonly ecosystem: string | null
  readonly device?: string
  /** A URI, or a pattern as a whole: what a grant does not cover all of, it does not give. */
  readonly uri: string
  readonly match: 'exact' | 'prefix' | 'wildcard'
  readonly action: CapabilityAction
}

/** What grants come to: for whom, through groups, identities and spanning ecosystems, and when. */
export class Holdings {
  readonly #grants: Grants

  constructor(parts: { readonly grants: Grants }) {
    this.#grants = parts.grants
  }

  /** `relyOn` is told of each counter that the answer rests on. */
  held(sought: Sought, _now: number, relyOn: (counter: EpochCounter) => void): Held {
    const { subject, ecosystem } = sought
    relyOn(this.#grants.epochOf(subject))
    const grant = ecosystem === null ? undefined : this.#grants.grantOf(subject, ecosystem)
    const active = grant === undefined ? [] : [{ grant, level: grant.level, through: [] }]
    return { active, idle: [], until: Infinity }
  }
}
