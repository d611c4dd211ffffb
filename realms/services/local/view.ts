import type { LocalIdentityRow } from '../../../ecosystems/store/store.ts'
import type { Dict } from '../../../router/wire/message.ts'

/** A local identity as it goes over the wire. Of a PIN nothing at all. */
export function localView(row: LocalIdentityRow): Dict {
  return {
    id: row.id,
    person: row.person,
    ecosystem: row.ecosystem,
    kind: row.kind,
    key: row.publicKey,
    device: row.device,
    max_level: row.maxLevel,
    mode: row.mode,
    status: row.status,
    created_by: row.createdBy,
    created_at: row.createdAt,
  }
}
