import { z } from 'zod'
import { procedure, type Procedure } from '../../procedure.ts'
import { procedureUris } from '../../uris.ts'
import { id, subject } from '../inputs.ts'
import { self } from '../rights.ts'
import { ecosystemHere, holderOf, ownsEcosystem, subjectOf } from '../scope.ts'
import { grantView } from './view.ts'

export const grantList: Procedure = procedure({
  uri: procedureUris.grantList,
  summary:
    'List grants of this realm: those of the ecosystems where one has level 1, and those one holds.',
  input: z.strictObject({
    ecosystem: id.optional().describe('only grants in this ecosystem'),
    to: subject
      .optional()
      .describe('only grants of this person, or of "device:" and a device\'s id'),
    revoked: z.boolean().optional().describe('also list revoked grants'),
  }),
  right: self,
  changes: false,
  cli: { columns: ['id', 'to', 'ecosystem', 'level', 'created_by', 'created_at', 'revoked_at'] },
  handle(input, context) {
    const holder = holderOf(context.caller.principal)
    const rows = context.ecosystems.grants.list({
      ...(input.ecosystem !== undefined && { ecosystem: input.ecosystem }),
      ...(input.to !== undefined && { subject: subjectOf(input.to) }),
      includeRevoked: input.revoked ?? false,
    })
    return {
      grants: rows
        .filter(
          (row) =>
            ecosystemHere(context, row.ecosystem) !== undefined &&
            (ownsEcosystem(context, row.ecosystem) ||
              (holder?.kind === row.subjectKind && holder.id === row.subject)),
        )
        .map(grantView),
    }
  },
})
