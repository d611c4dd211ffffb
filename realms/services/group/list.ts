import { z } from 'zod'
import { procedure, type Procedure } from '../../procedure.ts'
import { procedureUris } from '../../uris.ts'
import { id } from '../inputs.ts'
import { levelOneAnywhere } from '../rights.ts'
import { ownsEcosystem } from '../scope.ts'
import { groupView } from './view.ts'

export const groupList: Procedure = procedure({
  uri: procedureUris.groupList,
  summary:
    'List the groups of the ecosystems of this realm where one has level 1, with who is in them.',
  input: z.strictObject({ ecosystem: id.optional().describe('only groups of this ecosystem') }),
  right: levelOneAnywhere,
  changes: false,
  cli: { columns: ['id', 'name', 'ecosystem', 'members'] },
  handle({ ecosystem }, context) {
    const { directory, groups } = context.ecosystems
    const rows = directory
      .list(context.realm.uri)
      .filter((row) => ecosystem === undefined || row.id === ecosystem)
      .filter((row) => ownsEcosystem(context, row.id))
      .flatMap((row) => groups.list(row.id))
    return { groups: rows.map((row) => groupView(row, groups.membersOf(row.id))) }
  },
})
