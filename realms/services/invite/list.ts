import { z } from 'zod'
import { procedure, type Procedure } from '../../procedure.ts'
import { procedureUris } from '../../uris.ts'
import { id } from '../inputs.ts'
import { self } from '../rights.ts'
import { actorOf, ecosystemHere, ownsEcosystem } from '../scope.ts'
import { inviteView } from './view.ts'

export const inviteList: Procedure = procedure({
  uri: procedureUris.inviteList,
  summary:
    'List invites of this realm that can be redeemed: of the ecosystems where one has level 1, and those that one made.',
  input: z.strictObject({
    ecosystem: id.optional().describe('only invites into this ecosystem'),
    ended: z.boolean().optional().describe('also the last that cannot be redeemed any more'),
  }),
  right: self,
  changes: false,
  cli: { columns: ['id', 'ecosystem', 'bound', 'to', 'level', 'uses', 'used', 'expires_at'] },
  handle({ ecosystem, ended = false }, context) {
    const by = actorOf(context.caller.principal)
    const rows = context.ecosystems.invites.list({
      includeEnded: ended,
      ...(ecosystem !== undefined && { ecosystem }),
    })
    return {
      invites: rows
        .filter((row) => ecosystemHere(context, row.ecosystem) !== undefined)
        .filter((row) => row.createdBy === by || ownsEcosystem(context, row.ecosystem))
        .map(inviteView),
    }
  },
})
