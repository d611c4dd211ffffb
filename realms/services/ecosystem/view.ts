import type { EcosystemRow } from '../../../ecosystems/store/store.ts'
import type { Dict } from '../../../router/wire/message.ts'

/** An ecosystem as it goes over the wire. */
export function ecosystemView(row: EcosystemRow): Dict {
  return { id: row.id, name: row.name, realm: row.realm, created_at: row.createdAt }
}
