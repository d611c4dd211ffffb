import type { Connection, Parameter } from './connection.ts'
import type { AuditQuery, AuditRow } from './store.ts'

/** One statement for all records: a hundred times cheaper than one each. Runs in a transaction. */
export async function append(
  connection: Connection,
  records: readonly Omit<AuditRow, 'seq'>[],
): Promise<void> {
  await connection.run(
    `insert into audit (at, realm, actor, session, action, target, outcome, reason, decision_id, details)
     select value ->> 'at', value ->> 'realm', value ->> 'actor', value ->> 'session', value ->> 'action',
       value ->> 'target', value ->> 'outcome', value ->> 'reason', value ->> 'decisionId', value -> 'details'
     from json_each(?) order by key`,
    [JSON.stringify(records)],
  )
}

/** Newest first. */
export async function list(connection: Connection, query: AuditQuery): Promise<AuditRow[]> {
  const conditions: string[] = []
  const parameters: Parameter[] = []
  const where = (condition: string, parameter: Parameter | undefined): void => {
    if (parameter === undefined) return
    conditions.push(condition)
    parameters.push(parameter)
  }
  where('seq < ?', query.before)
  where('actor = ?', query.actor)
  where('outcome = ?', query.outcome)
  where('decision_id = ?', query.decisionId)
  const rows = await connection.all<AuditRow & { details: string }>(
    `select seq, at, realm, actor, session, action, target, outcome, reason, decision_id as decisionId, details
     from audit ${conditions.length === 0 ? '' : `where ${conditions.join(' and ')}`}
     order by seq desc limit ?`,
    [...parameters, query.limit],
  )
  return rows.map((row) => ({ ...row, details: JSON.parse(row.details) as AuditRow['details'] }))
}
