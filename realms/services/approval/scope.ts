import type { ApprovalRow } from '../../../ecosystems/store/store.ts'
import type { ProcedureContext } from '../../procedure.ts'
import { notFound } from '../scope.ts'

/** A request of this realm. */
export function approvalHere(context: ProcedureContext, id: string): ApprovalRow | undefined {
  const row = context.ecosystems.approvals.get(id)
  return row?.realm === context.realm.uri ? row : undefined
}

/** The ecosystem in which it is asked for: whoever has level 1 there may answer. */
export function concernedBy(
  { id }: { readonly id: string },
  context: ProcedureContext,
): readonly string[] {
  const row = approvalHere(context, id)
  return row === undefined ? [] : [row.ecosystem]
}

/** @throws WampError not_found */
export function requireApproval(context: ProcedureContext, id: string): ApprovalRow {
  const row = approvalHere(context, id)
  if (row === undefined) throw notFound('approval', id)
  return row
}
