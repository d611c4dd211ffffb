import { procedure, type Procedure } from '../../procedure.ts'
import { procedureUris } from '../../uris.ts'
import { actorOf } from '../scope.ts'
import { answerSchema, decider, requirePlanOf } from './decider.ts'
import { unlockView } from './view.ts'

export const unlockApprove: Procedure = procedure({
  uri: procedureUris.unlockApprove,
  summary: 'Grant at once what was asked for by a plan for emergencies.',
  input: answerSchema,
  right: decider,
  changes: true,
  cli: { positional: ['id'] },
  target: (input) => input.id,
  async handle(input, context) {
    const { emergencies } = context.ecosystems
    const plan = requirePlanOf(input, context)
    const row = await emergencies.approve(input.id, actorOf(context.caller.principal))
    return { ...unlockView(row, plan, emergencies) }
  },
})
