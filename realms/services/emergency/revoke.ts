import { z } from 'zod'
import { procedure, type Procedure, type Right } from '../../procedure.ts'
import { procedureUris } from '../../uris.ts'
import { id } from '../inputs.ts'
import { actorOf, notFound } from '../scope.ts'
import { decidesOn, planHere } from './concerned.ts'
import { planView } from './view.ts'

const schema = z.strictObject({ id: id.describe('id of the plan') })

const owner: Right<z.output<typeof schema>> = {
  name: 'level 1, or whose plan it is',
  admits: ({ kind }) => kind === 'operator' || kind === 'person' || kind === 'device',
  permits(input, context) {
    const row = planHere(context, input.id)
    if (row === undefined) return context.caller.principal.kind === 'operator'
    return decidesOn(row, context)
  },
}

export const emergencyRevoke: Procedure = procedure({
  uri: procedureUris.emergencyRevoke,
  summary: 'End a plan for emergencies, and what was asked for or granted by it, at once.',
  input: schema,
  right: owner,
  changes: true,
  cli: { positional: ['id'] },
  target: (input) => input.id,
  async handle(input, context) {
    if (planHere(context, input.id) === undefined) throw notFound('plan', input.id)
    const by = actorOf(context.caller.principal)
    return planView(await context.ecosystems.emergencies.revokePlan(input.id, by))
  },
})
