import type { GrantRow } from '../../../ecosystems/store/store.ts'
import type { ProcedureContext } from '../../procedure.ts'
import { actorOf, ecosystemHere, holderOf, ownsEcosystem } from '../scope.ts'

/** A share in this realm. */
export function shareHere(context: ProcedureContext, id: string): GrantRow | undefined {
  const row = context.ecosystems.grants.get(id)
  if (row?.source !== 'share') return undefined
  return ecosystemHere(context, row.ecosystem) === undefined ? undefined : row
}

/** On which side of a share the caller is; `owner`: on neither, but it is in an ecosystem of his. */
export function sideOf(
  row: GrantRow,
  context: ProcedureContext,
): 'given' | 'received' | 'owner' | undefined {
  const { principal } = context.caller
  if (row.createdBy === actorOf(principal)) return 'given'
  const holder = holderOf(principal)
  if (holder !== undefined && context.ecosystems.holdings.isHeldBy(holder, row)) return 'received'
  return ownsEcosystem(context, row.ecosystem) ? 'owner' : undefined
}
