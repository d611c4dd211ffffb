import type { GrantRow } from '../../../ecosystems/store/store.ts'
import type { Dict } from '../../../router/wire/message.ts'
import { subjectReference } from '../scope.ts'

/** A grant as it goes over the wire. */
export function grantView(row: GrantRow): Dict {
  return {
    id: row.id,
    to: subjectReference(row.subjectKind, row.subject),
    ecosystem: row.ecosystem,
    level: row.level,
    created_by: row.createdBy,
    created_at: row.createdAt,
    revoked_at: row.revokedAt,
  }
}
