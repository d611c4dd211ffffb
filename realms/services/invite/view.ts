import type { InviteRow } from '../../../ecosystems/store/store.ts'
import type { Dict } from '../../../router/wire/message.ts'

/** An invite as it goes over the wire. Of an address nothing but its kind: only a digest of it is kept. */
export function inviteView(row: InviteRow): Dict {
  const { terms } = row
  return {
    id: row.id,
    ecosystem: row.ecosystem,
    bound: row.boundKind,
    to: row.boundKind === 'person' ? row.bound : null,
    with_code: row.hash !== null,
    level: terms.level,
    device: terms.device,
    uri: terms.uri,
    match: terms.match,
    actions: terms.actions,
    schedule: terms.schedule,
    calls: terms.uses,
    delegable: terms.delegable,
    purpose: terms.purpose,
    ttl_ms: terms.ttlMs,
    not_before_at: terms.notBefore,
    until_at: terms.expiresAt,
    uses: row.uses,
    used: row.used,
    expires_at: row.expiresAt,
    created_by: row.createdBy,
    created_at: row.createdAt,
    revoked_at: row.revokedAt,
    suspended_at: row.suspendedAt,
  }
}
