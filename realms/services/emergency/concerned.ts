import type { EmergencyPlanRow } from '../../../ecosystems/store/store.ts'
import type { ProcedureContext } from '../../procedure.ts'
import { ecosystemHere, ownsEcosystem } from '../scope.ts'

/** A plan about an ecosystem of this realm. */
export function planHere(context: ProcedureContext, id: string): EmergencyPlanRow | undefined {
  const row = context.ecosystems.emergencies.plans.get(id)
  return ecosystemHere(context, row?.ecosystem ?? null) === undefined ? undefined : row
}

/** Whether the caller has the last word: whose plan it is, and who has level 1 in its ecosystem. */
export function decidesOn(row: EmergencyPlanRow, context: ProcedureContext): boolean {
  const { kind, authid } = context.caller.principal
  return (kind === 'person' && row.owner === authid) || ownsEcosystem(context, row.ecosystem)
}

/** Whether the caller may know of it. */
export function knowsOf(row: EmergencyPlanRow, context: ProcedureContext): boolean {
  const { kind, authid } = context.caller.principal
  const isNamed = row.delegates.includes(authid) || row.notify.includes(authid)
  return (kind === 'person' && isNamed) || decidesOn(row, context)
}
