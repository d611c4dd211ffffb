import type { IdentityRow, PersonRow } from '../../../ecosystems/store/store.ts'
import type { Dict } from '../../../router/wire/message.ts'

/** A person as the operator sees one. */
export function personView(row: PersonRow, identities: readonly IdentityRow[]): Dict {
  return {
    id: row.id,
    name: row.name,
    status: row.status,
    identities: identities.map(({ issuer, subject, status }) => ({ issuer, subject, status })),
    created_at: row.createdAt,
  }
}
