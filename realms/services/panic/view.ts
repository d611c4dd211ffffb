import type { Suspect } from '../../../ecosystems/panics.ts'
import type { Dict } from '../../../router/wire/message.ts'
import { subjectReference } from '../scope.ts'

/** What an account has given and is set aside, to be looked at one by one. */
export function suspectView({ grants, invites }: Suspect): Dict {
  return {
    grants: grants.map((row) => ({
      id: row.id,
      to: subjectReference(row.subjectKind, row.subject),
      ecosystem: row.ecosystem,
      level: row.level,
      created_at: row.createdAt,
      suspended_at: row.suspendedAt,
    })),
    invites: invites.map((row) => ({
      id: row.id,
      ecosystem: row.ecosystem,
      level: row.terms.level,
      created_at: row.createdAt,
      suspended_at: row.suspendedAt,
    })),
  }
}
