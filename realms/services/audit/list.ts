import { z } from 'zod'
import { procedure, type Procedure } from '../../procedure.ts'
import { procedureUris } from '../../uris.ts'
import { count, opaque } from '../inputs.ts'
import { operator } from '../rights.ts'

export const auditList: Procedure = procedure({
  uri: procedureUris.auditList,
  summary: 'List what was changed, refused and done at level 1, newest first.',
  input: z.strictObject({
    limit: count(1_000).default(50).describe('how many records'),
    before: count(2 ** 53)
      .optional()
      .describe('only records before this number'),
    actor: opaque.optional().describe('only records of this one, for instance person:guest'),
    outcome: z
      .enum(['allow', 'deny', 'change', 'failure'])
      .optional()
      .describe('only records with this outcome'),
    decision_id: opaque.optional().describe('only the record of this decision'),
  }),
  right: operator,
  changes: false,
  cli: { columns: ['seq', 'at', 'realm', 'actor', 'action', 'target', 'outcome', 'reason'] },
  async handle(input, { ecosystems }) {
    const rows = await ecosystems.audit.list({
      limit: input.limit,
      ...(input.before !== undefined && { before: input.before }),
      ...(input.actor !== undefined && { actor: input.actor }),
      ...(input.outcome !== undefined && { outcome: input.outcome }),
      ...(input.decision_id !== undefined && { decisionId: input.decision_id }),
    })
    return {
      records: rows.map((row) => ({
        seq: row.seq,
        at: row.at,
        realm: row.realm,
        actor: row.actor,
        session: row.session,
        action: row.action,
        target: row.target,
        outcome: row.outcome,
        reason: row.reason,
        decision_id: row.decisionId,
        details: row.details,
      })),
    }
  },
})
