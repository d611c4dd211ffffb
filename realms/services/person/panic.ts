import { z } from 'zod'
import type { Dict } from '../../../router/wire/message.ts'
import { procedure, type Procedure, type ProcedureContext, type Right } from '../../procedure.ts'
import { procedureUris } from '../../uris.ts'
import { answeringFirst } from '../answering-first.ts'
import { authenticatorView } from '../authenticator/view.ts'
import { requireFresh } from '../fresh.ts'
import { identityView } from '../identity/view.ts'
import { id, past, pastAt } from '../inputs.ts'
import { localView } from '../local/view.ts'
import { suspectView } from '../panic/view.ts'
import { ecosystemHere, ownsEcosystem } from '../scope.ts'

const schema = z.strictObject({
  person: id.optional().describe('whose account; absent: that of whoever asks'),
  since: past.describe('since when it was in wrong hands'),
})
type Input = z.output<typeof schema>

const right: Right<Input> = {
  name: 'the person concerned, or level 1 where the account has given something',
  admits: ({ kind }) => kind === 'person' || kind === 'operator',
  permits({ person }, context) {
    const { kind, authid } = context.caller.principal
    if (kind === 'operator') return person !== undefined
    if (person === undefined || person === authid) return true
    const by = `person:${person}`
    const { grants, invites } = context.ecosystems
    return [...grants.givenBy(by), ...invites.list({ by })].some((row) =>
      isMine(row.ecosystem, context),
    )
  },
}

/** Owners of ecosystems undo what the account has given in theirs; the account itself is its person's and the operator's. */
export const personPanic: Procedure = procedure({
  uri: procedureUris.personPanic,
  summary:
    'Cut off an account that is in wrong hands: its sessions end, and what it has given since then is set aside.',
  input: schema,
  right,
  changes: true,
  cli: { positional: ['person'] },
  target: (input) => input.person ?? '',
  async handle(input, context) {
    const { ecosystems, caller, clock } = context
    const { kind, authid } = caller.principal
    const person = input.person ?? authid
    const since = pastAt(input.since, clock.now())
    if (kind !== 'operator' && person !== authid)
      return suspectView(
        await ecosystems.panics.panicIn({ person, since }, (ecosystem) =>
          isMine(ecosystem, context),
        ),
      )
    const cut = async (asker?: number): Promise<Dict> => {
      const done = await ecosystems.panics.panic({
        person,
        since,
        ...(asker !== undefined && { asker }),
      })
      return {
        person,
        ...suspectView(done),
        authenticators: done.authenticators.map(authenticatorView),
        identities: done.identities.map(identityView),
        delegations: done.delegations,
        plans: done.plans,
        locals: done.locals.map(localView),
      }
    }
    if (kind === 'operator') return cut()
    requireFresh(context, procedureUris.personPanic)
    return answeringFirst(context, cut)
  },
})

function isMine(ecosystem: string | null, context: ProcedureContext): boolean {
  return ecosystemHere(context, ecosystem) !== undefined && ownsEcosystem(context, ecosystem)
}
