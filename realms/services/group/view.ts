import type { GroupMemberRow, GroupRow } from '../../../ecosystems/store/store.ts'
import type { Dict } from '../../../router/wire/message.ts'
import { subjectReference } from '../scope.ts'

/** A group as it goes over the wire. */
export function groupView(row: GroupRow, members: readonly GroupMemberRow[]): Dict {
  return {
    id: row.id,
    ecosystem: row.ecosystem,
    name: row.name,
    members: members.map(({ kind, member }) => subjectReference(kind, member)),
    created_by: row.createdBy,
    created_at: row.createdAt,
  }
}
