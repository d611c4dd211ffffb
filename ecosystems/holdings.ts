import type { Chains } from './chains.ts'
import type { EpochCounter } from './epochs.ts'
import { isForAll, type Grantee, type Subject } from './grant-terms.ts'
import type { Grants } from './grants.ts'
import type { Member } from './groups.ts'
import { identityKey } from './identities.ts'
import { covers, meets } from './pattern.ts'
import type { Above } from './spans.ts'
import type { CapabilityAction, GrantRow, IdentityRow } from './store/store.ts'
import type { Uses } from './uses.ts'
import type { Look, WindowFault } from './windows.ts'

/** What somebody holds in an ecosystem by one grant. */
export interface Holding {
  readonly grant: GrantRow
  /** In the ecosystem asked about: what the maps of spanning ecosystems on the way make of the grant's level. */
  readonly level: number
  /** From the grant's ecosystem to the one asked about; empty where they are the same. */
  readonly through: readonly string[]
  /** Whether each use for what is asked about is counted, by this grant or by one above it. */
  readonly counted: boolean
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
export type IdleReason = WindowFault | 'used_up' | 'dead_link'

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

/** What holdings are made of. */
export interface HoldingsParts {
  readonly grants: Grants
  readonly chains: Chains
  readonly uses: Uses
  readonly groups: { of(member: Member): readonly string[]; epochOf(member: Member): EpochCounter }
  readonly spans: { above(ecosystem: string): readonly Above[]; readonly epoch: EpochCounter }
  readonly identities: { of(person: string): readonly IdentityRow[] }
  /** Moves when the person gets or loses an identity, or one of them its standing. */
  readonly personEpoch: (id: string) => EpochCounter
}

type Visit = (grant: GrantRow, level: number, through: readonly string[]) => void

const direct: readonly string[] = []
const ignore = (): void => undefined

/** What grants come to: for whom, through groups, identities and spanning ecosystems, and when. */
export class Holdings {
  readonly #parts: HoldingsParts

  constructor(parts: HoldingsParts) {
    this.#parts = parts
  }

  /**
   * `relyOn` is told of each counter that the answer rests on.
   * @param underWay id of the grant by which what is asked about has begun: its use is counted, and no other is to be
   */
  held(
    sought: Sought,
    now: number,
    relyOn: (counter: EpochCounter) => void,
    underWay?: string,
  ): Held {
    const { chains, uses } = this.#parts
    const active: Holding[] = []
    const idle: { grant: GrantRow; reason: IdleReason }[] = []
    let until = Infinity
    const look: Look = {
      now,
      relyOn,
      endAt: (at) => {
        if (at < until) until = at
      },
    }
    this.#each(sought.subject, sought.ecosystem, relyOn, (grant, level, through) => {
      if (!isAbout(grant, sought)) return
      const reason = chains.faultOf(grant, look)
      if (reason !== undefined) return void idle.push({ grant, reason })
      // What forbids is not used up by forbidding.
      const isCounted = grant.effect !== 'deny' && uses.counts(grant, sought.uri)
      if (isCounted && !this.#isUsable(grant, sought, underWay))
        return void idle.push({ grant, reason: 'used_up' })
      active.push({ grant, level, through, counted: isCounted })
    })
    return { active, idle, until }
  }

  /**
   * The level for all of an ecosystem, at this moment: 1 is the highest; `Infinity` for none. What is forbidden there
   * altogether is held at no level.
   */
  levelIn(
    subject: Subject,
    ecosystem: string,
    now: number,
    relyOn: (counter: EpochCounter) => void = ignore,
  ): number {
    let best = Infinity
    for (const { grant, level } of this.inForce(subject, ecosystem, now, relyOn)) {
      if (isForAll(grant)) best = Math.min(best, level)
      if (isForAll({ ...grant, effect: 'level' }) && grant.effect === 'deny') return Infinity
    }
    return best
  }

  /** Whether somebody holds anything there at this moment: whoever does may know that it is there. */
  holdsIn(subject: Subject, ecosystem: string, now: number): boolean {
    return this.inForce(subject, ecosystem, now).some(
      ({ grant }) => grant.effect !== 'deny' && !this.#isSpent(grant),
    )
  }

  /** Everything that somebody holds in an ecosystem at this moment, whatever it is for. */
  inForce(
    subject: Subject,
    ecosystem: string,
    now: number,
    relyOn: (counter: EpochCounter) => void = ignore,
  ): Holding[] {
    const { chains } = this.#parts
    const look: Look = { now, relyOn, endAt: ignore }
    const all: Holding[] = []
    this.#each(subject, ecosystem, relyOn, (grant, level, through) => {
      if (chains.faultOf(grant, look) !== undefined) return
      all.push({ grant, level, through, counted: grant.uses !== null })
    })
    return all
  }

  /** Whether a grant is to somebody, be it by a group or an identity. */
  isHeldBy(subject: Subject, grant: GrantRow): boolean {
    return this.#granteesOf(subject, ignore).some(
      ({ kind, id }) => grant.subjectKind === kind && grant.subject === id,
    )
  }

  /** The grants by which a grant was given, the nearest first. */
  chainOf(grant: GrantRow): readonly GrantRow[] {
    return this.#parts.chains.above(grant)
  }

  /** What becomes of a grant at this moment. */
  stateOf(grant: GrantRow, now: number): 'in_force' | 'revoked' | IdleReason {
    if (grant.revokedAt !== null) return 'revoked'
    const fault = this.#parts.chains.faultOf(grant, { now, relyOn: ignore, endAt: ignore })
    if (fault !== undefined) return fault
    return this.#isSpent(grant) ? 'used_up' : 'in_force'
  }

  /** Whether there is nothing left for which it is of use: a name that is used up leaves the others. */
  #isSpent(grant: GrantRow): boolean {
    const { uri, match } = grant
    return !this.#parts.uses.hasLeft(grant, uri !== null && match === 'exact' ? uri : '*')
  }

  /** A subscription would be used without end and never counted. */
  #isUsable(grant: GrantRow, { action, uri }: Sought, underWay: string | undefined): boolean {
    if (underWay !== undefined) return grant.id === underWay
    return action !== 'subscribe' && this.#parts.uses.hasLeft(grant, uri)
  }

  #each(
    subject: Subject,
    ecosystem: string | null,
    relyOn: (counter: EpochCounter) => void,
    visit: Visit,
  ): void {
    const { grants, spans } = this.#parts
    const above = ecosystem === null ? [] : spans.above(ecosystem)
    if (ecosystem !== null) relyOn(spans.epoch)
    relyOn(grants.epochOf(subject))
    for (const grantee of this.#granteesOf(subject, relyOn)) {
      for (const grant of grants.heldBy(grantee, ecosystem)) visit(grant, grant.level, direct)
      for (const { ecosystem: spanning, levels, through } of above)
        for (const grant of grants.heldBy(grantee, spanning)) {
          // What is forbidden in a life is forbidden in its house, whatever levels become there.
          const level = grant.effect === 'deny' ? grant.level : levels(grant.level)
          if (level !== undefined) visit(grant, level, through)
        }
    }
  }

  /** The party itself, its groups, and the identities by which a person comes. */
  #granteesOf(subject: Subject, relyOn: (counter: EpochCounter) => void): Grantee[] {
    const { groups, identities, personEpoch } = this.#parts
    const grantees: Grantee[] = [subject]
    relyOn(groups.epochOf(subject))
    for (const id of groups.of(subject)) grantees.push({ kind: 'group', id })
    if (subject.kind !== 'person') return grantees
    relyOn(personEpoch(subject.id))
    for (const { issuer, subject: sub, status } of identities.of(subject.id))
      if (status === 'active') grantees.push({ kind: 'identity', id: identityKey(issuer, sub) })
    return grantees
  }
}

/** What allows must cover all of what is asked for; what forbids need only touch it. */
function isAbout(grant: GrantRow, sought: Sought): boolean {
  if (grant.device !== null && grant.device !== sought.device) return false
  if (grant.actions !== null && !grant.actions.includes(sought.action)) return false
  if (grant.uri === null) return true
  const pattern = { uri: grant.uri, match: grant.match }
  return grant.effect === 'deny' ? meets(pattern, sought) : covers(pattern, sought)
}
