import { stateOf } from '../../../ecosystems/approvals.ts'
import type { ApprovalRow } from '../../../ecosystems/store/store.ts'
import type { Dict } from '../../../router/wire/message.ts'
import { subjectReference } from '../scope.ts'

/** A request as its owners see it. Its ticket is its requester's alone. */
export function approvalView(row: ApprovalRow, now: number): Dict {
  const state = stateOf(row, now)
  return {
    id: row.id,
    state: state === 'unknown' ? 'expired' : state,
    requester: subjectReference(row.requesterKind, row.requester),
    ecosystem: row.ecosystem,
    device: row.device,
    uri: row.uri,
    action: row.action,
    created_at: row.createdAt,
    expires_at: row.expiresAt,
    decided_by: row.decidedBy,
    decided_at: row.decidedAt,
    grant: row.grant,
  }
}
