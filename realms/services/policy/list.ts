import { z } from 'zod'
import { procedure, type Procedure } from '../../procedure.ts'
import { procedureUris } from '../../uris.ts'
import { id } from '../inputs.ts'
import { levelOneAnywhere } from '../rights.ts'
import { ownsEcosystem } from '../scope.ts'
import { policyView } from './view.ts'

export const policyList: Procedure = procedure({
  uri: procedureUris.policyList,
  summary: 'List what is said of levels in the ecosystems of this realm where one has level 1.',
  input: z.strictObject({ ecosystem: id.optional().describe('only policies of this ecosystem') }),
  right: levelOneAnywhere,
  changes: false,
  cli: { columns: ['id', 'ecosystem', 'level', 'effect', 'uri', 'match', 'actions'] },
  handle({ ecosystem }, context) {
    const { directory, policies } = context.ecosystems
    return {
      policies: directory
        .list(context.realm.uri)
        .filter((row) => ecosystem === undefined || row.id === ecosystem)
        .filter((row) => ownsEcosystem(context, row.id))
        .flatMap((row) => policies.of(row.id))
        .map(policyView),
    }
  },
})
