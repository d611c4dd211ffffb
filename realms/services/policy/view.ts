import type { LevelPolicyRow } from '../../../ecosystems/store/store.ts'
import type { Dict } from '../../../router/wire/message.ts'

/** A policy of a level as it goes over the wire. */
export function policyView(row: LevelPolicyRow): Dict {
  return {
    id: row.id,
    ecosystem: row.ecosystem,
    level: row.level,
    effect: row.effect,
    uri: row.uri,
    match: row.match,
    actions: row.actions,
    created_by: row.createdBy,
    created_at: row.createdAt,
  }
}
