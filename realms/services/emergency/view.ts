import type { EmergencyPlanRow } from '../../../ecosystems/store/store.ts'
import type { Dict } from '../../../router/wire/message.ts'

/** A plan as it goes over the wire. */
export function planView(row: EmergencyPlanRow): Dict {
  return {
    id: row.id,
    owner: row.owner,
    delegates: row.delegates,
    quorum: row.quorum,
    ecosystem: row.ecosystem,
    uri: row.uri,
    level: row.level,
    wait_ms: row.waitMs,
    ttl_ms: row.ttlMs,
    notify: row.notify,
    created_at: row.createdAt,
    revoked_at: row.revokedAt,
  }
}
