import { procedure, type Procedure } from '../../procedure.ts'
import { procedureUris } from '../../uris.ts'
import { actorOf } from '../scope.ts'
import { answerSchema, decider, requirePlanOf } from './decider.ts'
import { unlockView } from './view.ts'

export const unlockDeny: Procedure = procedure({
  uri: procedureUris.unlockDeny,
  summary:
    'Say no to what was asked for by a plan for emergencies; what was granted already is taken back at once.',
  input: answerSchema,
  right: decider,
  changes: true,
  cli: { positional: ['id'] },
  target: (input) => input.id,
  async handle(input, context) {
    const { emergencies } = context.ecosystems
    const plan = requirePlanOf(input, context)
    const row = await emergencies.veto(input.id, actorOf(context.caller.principal))
    return { ...unlockView(row, plan, emergencies) }
  },
})
