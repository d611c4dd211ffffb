import type { EpochCounter } from './epochs.ts'
import type { Subject } from './grant-terms.ts'
import type { Above } from './spans.ts'
import type { GrantRow } from './store/store.ts'
import type { Look, WindowFault, Windows } from './windows.ts'

/** What chains are made of, besides grants. */
export interface ChainLinks {
  readonly get: (id: string) => GrantRow | undefined
  readonly windows: Windows
  readonly spans: { above(ecosystem: string): readonly Above[]; readonly epoch: EpochCounter }
  /** Whether somebody is known and in good standing. */
  readonly stands: (party: Subject) => boolean
  readonly standingOf: (party: Subject) => EpochCounter
  /** Whether what is granted to this group or identity is the party's. */
  readonly speaksFor: (party: Subject, grant: GrantRow) => boolean
  readonly memberships: (party: Subject) => readonly EpochCounter[]
}

/**
 * Grants that were given by grants. One counts only while all above it do: what is taken from one who gave is taken
 * from all to whom he gave, and they to others.
 */
export class Chains {
  readonly #links: ChainLinks
  readonly #maxDepth: number

  constructor(links: ChainLinks, maxDepth: number) {
    this.#links = links
    this.#maxDepth = maxDepth
  }

  /** Why a grant is of no use now, by its own words or by those above it. `undefined`: it counts. */
  faultOf(row: GrantRow, look: Look): WindowFault | 'dead_link' | undefined {
    const own = this.#links.windows.faultOf(row, look)
    // What forbids stays when the one who forbade it is gone: nobody gets a right by another's loss.
    if (own !== undefined || row.parent === null || row.effect === 'deny') return own
    return this.#isBroken(row, look) ? 'dead_link' : undefined
  }

  /** The grants above this one, the nearest first. */
  above(row: GrantRow): GrantRow[] {
    const above: GrantRow[] = []
    let next = row.parent
    while (next !== null && above.length <= this.#maxDepth) {
      const parent = this.#links.get(next)
      if (parent === undefined) break
      above.push(parent)
      next = parent.parent
    }
    return above
  }

  #isBroken(row: GrantRow, look: Look): boolean {
    let child = row
    for (let depth = 0; child.parent !== null; depth++) {
      if (depth >= this.#maxDepth) return true
      const parent = this.#links.get(child.parent)
      // One that is forgotten was revoked or is over.
      if (parent === undefined || parent.revokedAt !== null) return true
      if (this.#links.windows.faultOf(parent, look) !== undefined) return true
      if (!this.#reaches(parent, child, look) || !this.#isGivers(parent, child, look)) return true
      child = parent
    }
    return false
  }

  /** Given in an ecosystem that the giver's own spans: only while it does, and as far. */
  #reaches(parent: GrantRow, child: GrantRow, look: Look): boolean {
    if (parent.ecosystem === child.ecosystem) return true
    if (child.ecosystem === null) return false
    const { spans } = this.#links
    look.relyOn(spans.epoch)
    return spans
      .above(child.ecosystem)
      .some(
        ({ ecosystem, levels }) =>
          ecosystem === parent.ecosystem && (levels(parent.level) ?? Infinity) <= child.level,
      )
  }

  /**
   * What is delegated hangs on whoever delegates it; what an owner gives does not: a family is not locked out because
   * the owner's provider has disabled his account. Both have nothing to give that was a group's when they leave it.
   */
  #isGivers(parent: GrantRow, child: GrantRow, look: Look): boolean {
    const giver = partyOf(child.createdBy)
    if (giver === undefined) return true
    if (parent.subjectKind === 'group' || parent.subjectKind === 'identity') {
      for (const counter of this.#links.memberships(giver)) look.relyOn(counter)
      if (!this.#links.speaksFor(giver, parent)) return false
    }
    if (parent.level === 1) return true
    look.relyOn(this.#links.standingOf(giver))
    return this.#links.stands(giver)
  }
}

/** Who did something, given as `kind:id`, where that is somebody who holds grants. */
export function partyOf(actor: string): Subject | undefined {
  const [kind, id = ''] = actor.split(':', 2)
  return kind === 'person' || kind === 'device' ? { kind, id } : undefined
}
