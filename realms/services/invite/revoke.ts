import { z } from 'zod'
import { procedure, type Procedure, type Right } from '../../procedure.ts'
import { procedureUris } from '../../uris.ts'
import { id } from '../inputs.ts'
import { actorOf, ecosystemHere, notFound, ownsEcosystem } from '../scope.ts'
import { inviteView } from './view.ts'

const schema = z.strictObject({ id: id.describe('id of the invite') })

const inviterOrOwner: Right<z.output<typeof schema>> = {
  name: 'level 1, or given by oneself',
  admits: ({ kind }) => kind === 'operator' || kind === 'person' || kind === 'device',
  permits(input, context) {
    const { principal } = context.caller
    if (principal.kind === 'operator') return true
    const row = context.ecosystems.invites.get(input.id)
    if (row === undefined || ecosystemHere(context, row.ecosystem) === undefined) return false
    return row.createdBy === actorOf(principal) || ownsEcosystem(context, row.ecosystem)
  },
}

export const inviteRevoke: Procedure = procedure({
  uri: procedureUris.inviteRevoke,
  summary: 'Take an invite back: nobody can redeem it any more; what it has given stays given.',
  input: schema,
  right: inviterOrOwner,
  changes: true,
  cli: { positional: ['id'] },
  target: (input) => input.id,
  async handle(input, context) {
    const row = context.ecosystems.invites.get(input.id)
    if (row === undefined || ecosystemHere(context, row.ecosystem) === undefined)
      throw notFound('invite', input.id)
    return inviteView(await context.ecosystems.invites.revoke(row.id))
  },
})
