import { z } from 'zod'
import { procedure, type Procedure } from '../../procedure.ts'
import { procedureUris } from '../../uris.ts'
import { id } from '../inputs.ts'
import { self } from '../rights.ts'
import { ecosystemHere, ownsEcosystem } from '../scope.ts'
import { localView } from './view.ts'

export const localList: Procedure = procedure({
  uri: procedureUris.localList,
  summary: 'List local identities: those of the ecosystems where one has level 1, and one’s own.',
  input: z.strictObject({
    person: id.optional().describe('only those of this person'),
    revoked: z.boolean().optional().describe('also list revoked ones'),
  }),
  right: self,
  changes: false,
  cli: { columns: ['id', 'person', 'ecosystem', 'kind', 'device', 'max_level', 'mode', 'status'] },
  handle(input, context) {
    const { kind, authid } = context.caller.principal
    return {
      locals: context.ecosystems.locals
        .list()
        .filter(
          ({ ecosystem, person, status }) =>
            (input.revoked === true || status === 'active') &&
            (input.person === undefined || person === input.person) &&
            ecosystemHere(context, ecosystem) !== undefined &&
            (ownsEcosystem(context, ecosystem) || (kind === 'person' && person === authid)),
        )
        .map(localView),
    }
  },
})
