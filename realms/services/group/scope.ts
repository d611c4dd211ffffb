import type { GroupRow } from '../../../ecosystems/store/store.ts'
import type { ProcedureContext, Right } from '../../procedure.ts'
import { levelOne } from '../rights.ts'
import { ecosystemHere, notFound } from '../scope.ts'

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
