import { z } from 'zod'
import { procedure, type Procedure } from '../../procedure.ts'
import { procedureUris } from '../../uris.ts'
import { id } from '../inputs.ts'
import { namesAreKept } from '../kept-names.ts'
import { self } from '../rights.ts'
import { deviceHere } from '../scope.ts'
import { isConcerned } from '../delegation-concerned.ts'
import { delegationView } from './view.ts'

export const delegationList: Procedure = procedure({
  uri: procedureUris.delegationList,
  summary:
    'List which devices act for whom: for oneself, or devices of the ecosystems where one has level 1.',
  input: z.strictObject({
    device: id.optional().describe('only those of this device'),
    person: id.optional().describe('only those of this person'),
    ended: z.boolean().optional().describe('also list those that were revoked or are over'),
  }),
  right: self,
  changes: false,
  cli: { columns: ['id', 'device', 'person', 'scopes', 'expires_at', 'revoked_at'] },
  handle(input, context) {
    const { device, person, ended = false } = input
    const parties = {
      ...(device !== undefined && { device }),
      ...(person !== undefined && { person }),
    }
    // Where names are kept from devices none acts in anybody's, and learns none from here.
    const isKept = context.caller.principal.kind === 'device' && namesAreKept(context)
    const rows = isKept ? [] : context.ecosystems.deviceActs.list(parties, ended)
    return {
      delegations: rows
        .filter((row) => deviceHere(context, row.device) !== undefined && isConcerned(row, context))
        .map(delegationView),
    }
  },
})
