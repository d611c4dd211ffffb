import { z } from 'zod'
import { procedure, type Procedure } from '../../procedure.ts'
import { procedureUris } from '../../uris.ts'
import { knowsOf, planHere } from '../emergency/concerned.ts'
import { self } from '../rights.ts'
import { unlockView } from './view.ts'

export const unlockList: Procedure = procedure({
  uri: procedureUris.unlockList,
  summary: 'List who asks by which plan for emergencies, and what was granted so and holds.',
  input: z.strictObject({
    ended: z.boolean().optional().describe('also the last that are over'),
  }),
  right: self,
  changes: false,
  cli: {
    columns: ['id', 'state', 'requesters', 'quorum', 'ecosystem', 'level', 'due_at', 'ends_at'],
  },
  handle({ ended = false }, context) {
    const { emergencies } = context.ecosystems
    return {
      requests: emergencies.list(ended).flatMap((row) => {
        const plan = planHere(context, row.plan)
        return plan !== undefined && knowsOf(plan, context)
          ? [{ ...unlockView(row, plan, emergencies) }]
          : []
      }),
    }
  },
})
