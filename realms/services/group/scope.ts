import type { GroupRow } from '../../../ecosystems/store/store.ts'
import type { ProcedureContext, Right } from '../../procedure.ts'
import { levelOne } from '../rights.ts'
import { actorOf, ecosystemHere, notFound, ownsForGood } from '../scope.ts'

/** A group of an ecosystem of this realm. */
export function groupHere(context: ProcedureContext, id: string): GroupRow | undefined {
  const row = context.ecosystems.groups.get(id)
  return row !== undefined && ecosystemHere(context, row.ecosystem) !== undefined ? row : undefined
}

/** @throws WampError `latchkey.error.not_found` */
export function requireGroup(context: ProcedureContext, id: string): GroupRow {
  const row = groupHere(context, id)
  if (row === undefined) throw notFound('group', id)
  return row
}

/** Level 1 in the ecosystem whose group it is. */
export function levelOneInGroup<Input extends { readonly id: string }>(): Right<Input> {
  return levelOne<Input>((input, context) => {
    const row = groupHere(context, input.id)
    return row === undefined ? [] : [row.ecosystem]
  })
}

/**
 * Who may say who is in it. Members stay when he who let them in is gone: whoever has level 1 for a weekend would let
 * himself, or a friend, into the family for good. What he gives to a group of his own making hangs on him.
 */
export function levelOneToLetIn<Input extends { readonly id: string }>(): Right<Input> {
  const owns = levelOneInGroup<Input>()
  return {
    name: 'level 1, for good: from the operator or by having made the ecosystem; or a group of one’s own making',
    admits: (caller) => owns.admits(caller),
    permits(input, context) {
      if (!owns.permits(input, context)) return false
      const row = groupHere(context, input.id)
      if (row === undefined || row.createdBy === actorOf(context.caller.principal)) return true
      return ownsForGood(context, row.ecosystem)
    },
  }
}
