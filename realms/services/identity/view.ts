import { DomainError } from '../../../ecosystems/errors.ts'
import type { IdentityRow } from '../../../ecosystems/store/store.ts'
import type { Dict } from '../../../router/wire/message.ts'

/** An identity as the operator sees one. @throws DomainError not_found where nobody has come by it */
export function identityView(row: IdentityRow | undefined): Dict {
  if (row === undefined) throw new DomainError('not_found', 'nobody has come by this identity')
  return {
    issuer: row.issuer,
    subject: row.subject,
    person: row.person,
    status: row.status,
    created_at: row.createdAt,
  }
}
