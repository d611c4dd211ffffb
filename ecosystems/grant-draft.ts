import { randomName } from './names.ts'
import type { GrantRow } from './store/store.ts'

/** A grant with what is said of it; all else is as where nothing is said. `isTaken`: of ids. */
export function draftGrant(
  said: Pick<GrantRow, 'subject' | 'ecosystem' | 'level' | 'createdBy' | 'createdAt'> &
    Partial<GrantRow>,
  isTaken: (id: string) => boolean,
): GrantRow {
  let id: string
  do id = `g_${randomName(12)}`
  while (isTaken(id))
  return {
    id,
    subjectKind: 'person',
    device: null,
    uri: null,
    match: 'exact',
    actions: null,
    effect: 'level',
    notBefore: null,
    expiresAt: null,
    schedule: null,
    uses: null,
    delegable: 0,
    parent: null,
    purpose: null,
    source: 'grant',
    sourceId: null,
    revokedAt: null,
    suspendedAt: null,
    ...said,
  }
}
