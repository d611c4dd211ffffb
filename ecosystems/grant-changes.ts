import type { Change, GrantRow } from './store/store.ts'
import { usesOf } from './uses.ts'

/** A grant that is not there yet: what is to be stored, and what is to be done once it is. */
export interface GrantDraft {
  readonly row: GrantRow
  readonly changes: readonly Change[]
  readonly stored: () => void
}

/** What a new grant is stored by. */
export function putsOf(row: GrantRow): Change[] {
  const counters = usesOf(row).map((each) => ({ kind: 'grantUse.put', row: each }) as const)
  return [{ kind: 'grant.put', row }, ...counters]
}

export function lifted(row: GrantRow): GrantRow {
  return { ...row, suspendedAt: null }
}

/** Whether nothing was done to it meanwhile. */
export function isSame(a: GrantRow, b: GrantRow): boolean {
  return a.revokedAt === b.revokedAt && a.suspendedAt === b.suspendedAt
}
