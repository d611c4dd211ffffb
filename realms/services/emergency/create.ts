import { z } from 'zod'
import { procedure, type Procedure, type Right } from '../../procedure.ts'
import { procedureUris } from '../../uris.ts'
import { count, duration, durationMs, id, level, uriOrBeginning } from '../inputs.ts'
import { ecosystemHere, notFound, ownsEcosystem } from '../scope.ts'
import { planView } from './view.ts'

const several = "a person's id, or a list of up to 16"
const people = z.union([id, z.array(id).max(16)], { error: several })

const schema = z.strictObject({
  delegates: people.describe('who may ask, a person’s id; may be given several times'),
  ecosystem: id.describe('ecosystem that they may be let into'),
  level: level.describe('how far: 1 is everything, larger is less'),
  uri: uriOrBeginning.optional().describe('only this URI, or what begins so if it ends in a dot'),
  wait: duration.describe('how long there is to say no, for instance 270d'),
  ttl: duration.describe('how long it then holds, for instance 2d'),
  quorum: count(16).default(1).describe('how many of them must ask'),
  notify: people.optional().describe('who hears of it besides oneself; may be given several times'),
})

/** Each provides for what is his own. */
const owner: Right<z.output<typeof schema>> = {
  name: 'a person with level 1',
  admits: ({ kind }) => kind === 'person',
  permits: ({ ecosystem }, context) => ownsEcosystem(context, ecosystem),
}

export const emergencyCreate: Procedure = procedure({
  uri: procedureUris.emergencyCreate,
  summary:
    'Provide for when one cannot be reached: others may ask, and get it when one has said nothing for so long.',
  input: schema,
  right: owner,
  changes: true,
  target: (input, result) => (typeof result?.['id'] === 'string' ? result['id'] : input.ecosystem),
  async handle(input, context) {
    const { ecosystems, caller } = context
    const { ecosystem, quorum, uri = null } = input
    if (ecosystemHere(context, ecosystem) === undefined) throw notFound('ecosystem', ecosystem)
    const plan = await ecosystems.emergencies.plans.create({
      owner: caller.principal.authid,
      delegates: [input.delegates].flat(),
      notify: [input.notify ?? []].flat(),
      ecosystem,
      uri,
      level: input.level,
      waitMs: durationMs(input.wait),
      ttlMs: durationMs(input.ttl),
      quorum,
    })
    return planView(plan)
  },
})
