import { z } from 'zod'
import { procedure, type Procedure } from '../../procedure.ts'
import { procedureUris } from '../../uris.ts'
import { self } from '../rights.ts'
import { knowsOf, planHere } from './concerned.ts'
import { planView } from './view.ts'

export const emergencyList: Procedure = procedure({
  uri: procedureUris.emergencyList,
  summary:
    'List plans for emergencies: one’s own, those one may ask by or hears of, and those where one has level 1.',
  input: z.strictObject({
    revoked: z.boolean().optional().describe('also list revoked plans'),
  }),
  right: self,
  changes: false,
  cli: { columns: ['id', 'owner', 'delegates', 'quorum', 'ecosystem', 'uri', 'level', 'wait_ms'] },
  handle({ revoked = false }, context) {
    const rows = context.ecosystems.emergencies.plans.list(revoked)
    return {
      plans: rows
        .filter((row) => planHere(context, row.id) !== undefined && knowsOf(row, context))
        .map(planView),
    }
  },
})
