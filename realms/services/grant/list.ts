import { z } from 'zod'
import type { GrantRow } from '../../../ecosystems/store/store.ts'
import { procedure, type Procedure, type ProcedureContext } from '../../procedure.ts'
import { procedureUris } from '../../uris.ts'
import { id } from '../inputs.ts'
import { self } from '../rights.ts'
import { actorOf, ecosystemHere, holderOf, ownsEcosystem } from '../scope.ts'
import { grantee, granteeOf } from './grantee.ts'
import { grantView } from './view.ts'

export const grantList: Procedure = procedure({
  uri: procedureUris.grantList,
  summary:
    'List grants of this realm: those of the ecosystems where one has level 1, those one holds, and those one gave.',
  input: z.strictObject({
    ecosystem: id.optional().describe('only grants in this ecosystem'),
    to: grantee
      .optional()
      .describe('only grants to this person, "device:" or "group:", or "identity:ISSUER#SUBJECT"'),
    revoked: z.boolean().optional().describe('also list revoked grants'),
  }),
  right: self,
  changes: false,
  cli: { columns: ['id', 'to', 'words', 'state', 'created_by'] },
  handle(input, context) {
    const rows = context.ecosystems.grants.list({
      ...(input.ecosystem !== undefined && { ecosystem: input.ecosystem }),
      ...(input.to !== undefined && { subject: granteeOf(input.to) }),
      includeRevoked: input.revoked ?? false,
    })
    const owned = new Map<string, boolean>()
    return {
      grants: rows
        .filter((row) => isVisible(row, context, owned))
        .map((row) => grantView(row, context)),
    }
  },
})

/** `owned`: what was found out of ecosystems, so that each is looked at once. */
function isVisible(row: GrantRow, context: ProcedureContext, owned: Map<string, boolean>): boolean {
  const { caller, ecosystems } = context
  const { principal } = caller
  const holder = holderOf(principal)
  const { ecosystem } = row
  if (ecosystem !== null) {
    if (ecosystemHere(context, ecosystem) === undefined) return false
    const isOwn = owned.get(ecosystem) ?? ownsEcosystem(context, ecosystem)
    owned.set(ecosystem, isOwn)
    if (isOwn) return true
  }
  if (principal.kind === 'operator' || row.createdBy === actorOf(principal)) return true
  return holder !== undefined && ecosystems.holdings.isHeldBy(holder, row)
}
