import { z } from 'zod'
import { procedure, type Procedure } from '../../procedure.ts'
import { procedureUris } from '../../uris.ts'
import { id } from '../inputs.ts'
import { self } from '../rights.ts'
import { ecosystemHere, ownsEcosystem } from '../scope.ts'
import { suspectView } from './view.ts'

export const panicReview: Procedure = procedure({
  uri: procedureUris.panicReview,
  summary:
    'List what an account has given and is set aside: one’s own, and in ecosystems where one has level 1.',
  input: z.strictObject({
    person: id.optional().describe('whose account; absent: that of whoever asks'),
  }),
  right: self,
  changes: false,
  cli: { positional: ['person'] },
  handle(input, context) {
    const { kind, authid } = context.caller.principal
    const person = input.person ?? authid
    const found = context.ecosystems.panics.review(person)
    const isSeen = ({ ecosystem }: { readonly ecosystem: string | null }): boolean =>
      kind === 'operator' ||
      (kind === 'person' && person === authid) ||
      (ecosystemHere(context, ecosystem) !== undefined && ownsEcosystem(context, ecosystem))
    return suspectView({
      grants: found.grants.filter(isSeen),
      invites: found.invites.filter(isSeen),
    })
  },
})
