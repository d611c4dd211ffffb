import { z } from 'zod'
import { procedure, type Procedure } from '../../procedure.ts'
import { procedureUris } from '../../uris.ts'
import { id, level, subject } from '../inputs.ts'
import { levelOne } from '../rights.ts'
import { actorOf, deviceHere, ecosystemHere, notFound, subjectOf } from '../scope.ts'

const schema = z.strictObject({
  to: subject.describe('who gets it: a person\'s id, or "device:" and a device\'s id'),
  ecosystem: id.describe('ecosystem that it holds in'),
  level: level.describe('how far the trust goes: 1 is everything, larger is less'),
})

/** Nobody grants above the own level: who may call this holds level 1, and there is none above it. */
export const grantCreate: Procedure = procedure({
  uri: procedureUris.grantCreate,
  summary: 'Let a person or a device into an ecosystem, as far as a level goes.',
  input: schema,
  right: levelOne<z.output<typeof schema>>((input) => [input.ecosystem]),
  changes: true,
  target: (input, result) => (typeof result?.['id'] === 'string' ? result['id'] : input.ecosystem),
  async handle(input, context) {
    const { ecosystems, caller } = context
    const holder = subjectOf(input.to)
    if (ecosystemHere(context, input.ecosystem) === undefined)
      throw notFound('ecosystem', input.ecosystem)
    if (holder.kind === 'device' && deviceHere(context, holder.id) === undefined)
      throw notFound('device', holder.id)
    if (holder.kind === 'person' && ecosystems.people.get(holder.id) === undefined)
      throw notFound('person', holder.id)
    const row = await ecosystems.grants.create({
      subject: holder,
      ecosystem: input.ecosystem,
      level: input.level,
      by: actorOf(caller.principal),
    })
    return { id: row.id }
  },
})
