import { z } from 'zod'
import { procedure, type Procedure } from '../../procedure.ts'
import { procedureUris } from '../../uris.ts'
import { id } from '../inputs.ts'
import { levelOne } from '../rights.ts'
import { ecosystemHere, notFound } from '../scope.ts'

/** So many people are looked at in one turn of the event loop. */
const atOnce = 500

const schema = z.strictObject({
  pseudonym: id.describe('what devices call the person, ps_…'),
  ecosystem: id.describe('ecosystem whose devices call the person so'),
})

/** On record, as every change: whoever lifts a veil is to be seen doing it. */
export const personResolve: Procedure = procedure({
  uri: procedureUris.personResolve,
  summary: 'Tell whom the devices of an ecosystem know by this pseudonym; recorded.',
  input: schema,
  right: levelOne<z.output<typeof schema>>(({ ecosystem }) => [ecosystem]),
  changes: true,
  cli: { positional: ['pseudonym'] },
  target: ({ pseudonym }) => pseudonym,
  async handle({ pseudonym, ecosystem }, context) {
    const { ecosystems, proofs } = context
    if (ecosystemHere(context, ecosystem) === undefined) throw notFound('ecosystem', ecosystem)
    let looked = 0
    for (const { id: person } of ecosystems.people.list()) {
      if (proofs.pseudonyms.of(ecosystem, person) === pseudonym) return { person }
      if (++looked % atOnce === 0) await new Promise(setImmediate)
    }
    throw notFound('pseudonym', pseudonym)
  },
})
