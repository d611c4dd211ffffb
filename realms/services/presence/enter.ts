import { z } from 'zod'
import { WampError } from '../../../router/wire/errors.ts'
import { sessionIds, tell } from '../../announcing.ts'
import { procedure, type Procedure, type Right } from '../../procedure.ts'
import { procedureUris, topicUris } from '../../uris.ts'
import { id } from '../inputs.ts'
import { person } from '../rights.ts'
import { ecosystemHere, holdsIn } from '../scope.ts'

const schema = z.strictObject({ ecosystem: id.describe('ecosystem that one has entered') })

/** Whoever may nothing there cannot make its devices believe that he has come. */
const atHome: Right<z.output<typeof schema>> = {
  name: 'a grant in the ecosystem',
  admits: (caller) => person.admits(caller),
  permits: (input, context) => holdsIn(context, input.ecosystem),
}

export const presenceEnter: Procedure = procedure({
  uri: procedureUris.presenceEnter,
  summary: 'Tell the devices of an ecosystem, and nobody else, that one has come.',
  input: schema,
  right: atHome,
  changes: true,
  cli: { positional: ['ecosystem'] },
  target: (input) => input.ecosystem,
  handle({ ecosystem }, context) {
    const { ecosystems, realm, caller, clock } = context
    // Where names are kept from devices, one's own is not told by oneself either.
    if (ecosystemHere(context, ecosystem)?.pseudonyms === true)
      throw new WampError(
        'latchkey.error.invalid_state',
        `ecosystem "${ecosystem}" keeps names from its devices`,
      )
    const there = ecosystems.devices
      .list(realm.uri)
      .filter((row) => row.status === 'active' && row.ecosystems.includes(ecosystem))
      .map(({ id: device, gateway }) => gateway ?? device)
    const at = clock.now()
    const event = { person: caller.principal.authid, ecosystem, at }
    tell(realm, topicUris.presenceEnter, sessionIds(realm, 'device', there), event)
    return { ecosystem, at }
  },
})
