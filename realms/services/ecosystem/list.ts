import { z } from 'zod'
import { procedure, type Procedure } from '../../procedure.ts'
import { procedureUris } from '../../uris.ts'
import { self } from '../rights.ts'
import { holderOf, levelIn } from '../scope.ts'
import { ecosystemView } from './view.ts'

export const ecosystemList: Procedure = procedure({
  uri: procedureUris.ecosystemList,
  summary:
    'List the ecosystems of this realm: all for the operator, for others those they have a grant in.',
  input: z.strictObject({}),
  right: self,
  changes: false,
  cli: { columns: ['id', 'name', 'realm', 'level'] },
  handle(_input, context) {
    const { ecosystems, realm, caller, clock } = context
    const rows = ecosystems.directory.list(realm.uri)
    if (caller.principal.kind === 'operator') return { ecosystems: rows.map(ecosystemView) }
    const holder = holderOf(caller.principal)
    if (holder === undefined) return { ecosystems: [] }
    return {
      ecosystems: rows
        .filter((row) => ecosystems.holdings.holdsIn(holder, row.id, clock.now()))
        .map((row) => ({ row, level: levelIn(context, row.id) }))
        .map(({ row, level }) => ({
          ...ecosystemView(row),
          ...(Number.isFinite(level) && { level }),
        })),
    }
  },
})
