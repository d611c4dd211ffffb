import { z } from 'zod'
import { procedure, type Procedure } from '../../procedure.ts'
import { procedureUris } from '../../uris.ts'
import { id } from '../inputs.ts'
import { self } from '../rights.ts'
import { holderOf, ownsEcosystem } from '../scope.ts'
import { approvalView } from './view.ts'

export const approvalList: Procedure = procedure({
  uri: procedureUris.approvalList,
  summary:
    'List who asks for what, where one has level 1, and what one has asked for oneself; what waits if nothing is said.',
  input: z.strictObject({
    ecosystem: id.optional().describe('only what is asked for in this ecosystem'),
    ended: z.boolean().optional().describe('also the last that were answered, or are over'),
  }),
  right: self,
  changes: false,
  cli: { columns: ['id', 'state', 'requester', 'action', 'uri', 'ecosystem', 'expires_at'] },
  handle({ ecosystem, ended = false }, context) {
    const { ecosystems, realm, caller, clock } = context
    const holder = holderOf(caller.principal)
    const now = clock.now()
    const rows = ecosystems.approvals.list({ realm: realm.uri, includeEnded: ended })
    return {
      approvals: rows
        .filter(
          (row) =>
            (ecosystem === undefined || row.ecosystem === ecosystem) &&
            ((holder?.kind === row.requesterKind && holder.id === row.requester) ||
              ownsEcosystem(context, row.ecosystem)),
        )
        .map((row) => approvalView(row, now)),
    }
  },
})
