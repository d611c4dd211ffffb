import { z } from 'zod'
import type { EmergencyPlanRow } from '../../../ecosystems/store/store.ts'
import type { ProcedureContext, Right } from '../../procedure.ts'
import { decidesOn, planHere } from '../emergency/concerned.ts'
import { id } from '../inputs.ts'
import { notFound } from '../scope.ts'

/** What both answers take. */
export const answerSchema: z.ZodObject<{ id: z.ZodString }, z.core.$strict> = z.strictObject({
  id: id.describe('id of the request'),
})

interface Input {
  readonly id: string
}

/** Whose plan it is, and level 1 in its ecosystem. */
export const decider: Right<Input> = {
  name: 'level 1, or whose plan it is',
  admits: ({ kind }) => kind === 'operator' || kind === 'person' || kind === 'device',
  permits(input, context) {
    const plan = planOf(input, context)
    if (plan === undefined) return context.caller.principal.kind === 'operator'
    return decidesOn(plan, context)
  },
}

/** @throws WampError not_found */
export function requirePlanOf(input: Input, context: ProcedureContext): EmergencyPlanRow {
  const plan = planOf(input, context)
  if (plan === undefined) throw notFound('request', input.id)
  return plan
}

function planOf(input: Input, context: ProcedureContext): EmergencyPlanRow | undefined {
  const row = context.ecosystems.emergencies.get(input.id)
  return row === undefined ? undefined : planHere(context, row.plan)
}
