import { z } from 'zod'
import { invalid } from '../../../ecosystems/errors.ts'
import type { EmergencyPlanRow, EmergencyRequestRow } from '../../../ecosystems/store/store.ts'
import { WampError } from '../../../router/wire/errors.ts'
import { procedure, type Procedure, type ProcedureContext, type Right } from '../../procedure.ts'
import { procedureUris } from '../../uris.ts'
import { planHere } from '../emergency/concerned.ts'
import { id } from '../inputs.ts'
import { unlockView } from './view.ts'

const required = 'wamp.error.authorization_required'

/** There is no hurry where weeks are waited for: seconds between two questions. */
const interval = 60

const schema = z.strictObject({
  plan: id.optional().describe('plan by which one asks; needed where there are several'),
  ecosystem: id.optional().describe('ecosystem that one is to be let into'),
})

type Input = z.output<typeof schema>

/** To everybody else there is no plan. */
const delegate: Right<Input> = {
  name: 'a delegate of the plan',
  admits: ({ kind }) => kind === 'person',
  permits: (input, context) => plansFor(input, context).length > 0,
}

export const unlockRequest: Procedure = procedure({
  uri: procedureUris.unlockRequest,
  summary:
    'Ask for what an owner has provided for emergencies, and what became of that: granted, or what it waits for.',
  input: schema,
  right: delegate,
  // What changes by it is recorded where it changes.
  changes: false,
  async handle(input, context) {
    const { ecosystems, caller } = context
    const [plan, ...more] = plansFor(input, context)
    if (plan === undefined || more.length > 0)
      throw invalid('plan', input.plan ?? null, [plan, ...more].map((each) => each?.id).join(', '))
    const row = await ecosystems.emergencies.request(plan.id, caller.principal.authid)
    if (row.state !== 'granted') throw pending(row, plan, context)
    return { ...unlockView(row, plan, ecosystems.emergencies) }
  },
})

function plansFor(input: Input, context: ProcedureContext): EmergencyPlanRow[] {
  const { authid } = context.caller.principal
  return context.ecosystems.emergencies.plans
    .list()
    .filter(
      (row) =>
        row.delegates.includes(authid) &&
        planHere(context, row.id) !== undefined &&
        (input.plan === undefined || input.plan === row.id) &&
        (input.ecosystem === undefined || input.ecosystem === row.ecosystem),
    )
}

/** In the words of UMA 2.0, as where an owner is asked for a single thing. */
function pending(
  row: EmergencyRequestRow,
  plan: EmergencyPlanRow,
  { ecosystems: { emergencies } }: ProcedureContext,
): WampError {
  const isOver = row.state === 'vetoed' || row.state === 'withdrawn'
  return new WampError(required, isOver ? 'it was refused' : 'the owner is being waited for', {
    kwargs: {
      ...unlockView(row, plan, emergencies),
      ...(isOver
        ? { error: 'request_denied', retry_at: emergencies.pausedUntil(row) }
        : { error: 'request_submitted', interval }),
    },
  })
}
