import { z } from 'zod'
import type { GrantRow } from '../../../ecosystems/store/store.ts'
import { procedure, type Procedure, type ProcedureContext, type Right } from '../../procedure.ts'
import { procedureUris } from '../../uris.ts'
import { id } from '../inputs.ts'
import { actorOf, ecosystemHere, holderOf, notFound, ownsEcosystem } from '../scope.ts'
import { grantView } from './view.ts'

const schema = z.strictObject({ id: id.describe('id of the grant') })

type Input = z.output<typeof schema>

const holders = new Set(['operator', 'person', 'device'])

/**
 * What is somebody's to end: all in an ecosystem where he has level 1, what he gave, and what he was given himself. What
 * he is forbidden he cannot allow himself.
 */
const ownOrHeld: Right<Input> = {
  name: 'level 1, or given or held by oneself',
  admits: (caller) => holders.has(caller.kind),
  permits(input, context) {
    const { principal } = context.caller
    if (principal.kind === 'operator') return true
    const row = grantHere(input.id, context)
    const holder = holderOf(principal)
    if (row === undefined || holder === undefined) return false
    const isHeld = context.ecosystems.holdings.isHeldBy(holder, row)
    if (row.effect === 'deny') return !isHeld && ownsEcosystem(context, row.ecosystem)
    const isToSelf = row.subjectKind === holder.kind && row.subject === holder.id
    return isToSelf || row.createdBy === actorOf(principal) || ownsEcosystem(context, row.ecosystem)
  },
}

export const grantRevoke: Procedure = procedure({
  uri: procedureUris.grantRevoke,
  summary:
    'Take a grant back, and all that was given by it: the very next call and the next event are refused.',
  input: schema,
  right: ownOrHeld,
  changes: true,
  cli: { positional: ['id'] },
  target: (input) => input.id,
  async handle(input, context) {
    if (grantHere(input.id, context) === undefined) throw notFound('grant', input.id)
    return grantView(await context.ecosystems.grants.revoke(input.id), context)
  },
})

/** Names of people are in no ecosystem, and so in no other realm. */
function grantHere(wanted: string, context: ProcedureContext): GrantRow | undefined {
  const row = context.ecosystems.grants.get(wanted)
  if (row === undefined || row.ecosystem === null) return row
  return ecosystemHere(context, row.ecosystem) === undefined ? undefined : row
}
