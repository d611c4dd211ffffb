import type { DeviceActRow } from '../../../ecosystems/store/store.ts'
import type { Dict } from '../../../router/wire/message.ts'

/** A delegation as it goes over the wire. */
export function delegationView(row: DeviceActRow): Dict {
  return {
    id: row.id,
    device: row.device,
    person: row.person,
    scopes: row.scopes,
    created_at: row.createdAt,
    expires_at: row.expiresAt,
    revoked_at: row.revokedAt,
  }
}
