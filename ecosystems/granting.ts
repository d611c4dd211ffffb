import { draftGrant } from './grant-draft.ts'
import type { Grants } from './grants.ts'
import type { Change, GrantRow } from './store/store.ts'

/** A grant that is not there yet: what is to be stored, and what is to be done once it is. */
export interface GrantDraft {
  readonly row: GrantRow
  readonly changes: readonly Change[]
  readonly stored: () => void
}

/** How another change makes a grant in its own commit. */
export interface Granting {
  /** What is not said is as where nothing is said. To be used in the change's turn. */
  draft(said: Parameters<typeof draftGrant>[0]): GrantDraft
  /** Whether what is given by this grant would count. */
  isInForce(id: string): boolean
}

export function grantingBy(grants: Grants): Granting {
  return {
    draft(said) {
      const row = draftGrant(said, (id) => grants.get(id) !== undefined)
      const uses = Object.entries(row.uses ?? {})
      return {
        row,
        changes: [
          { kind: 'grant.put', row },
          ...uses.map(
            ([uri, most]) =>
              ({
                kind: 'grantUse.put',
                row: { grant: row.id, uri, used: 0, uses: most },
              }) as const,
          ),
        ],
        stored: () => grants.adopt(row),
      }
    },
    isInForce: (id) => grants.get(id)?.revokedAt === null,
  }
}
