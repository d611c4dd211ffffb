import { reportsOf } from './macro/report.ts'
import type { Row } from './macro/row.ts'
import { macroTables } from './macro/tables.ts'
import { describeRun, table } from './markdown.ts'
import { short } from './numbers.ts'
import type { BenchRecord } from './results.ts'

/** All tables of docs/PERFORMANCE.md, in Markdown, of what was measured last. */
export function tablesOf(rows: readonly Row[], records: readonly BenchRecord[]): string {
  const reports = reportsOf(rows, records)
  return [reports.length === 0 ? '' : macroTables(reports), microTable(records)]
    .filter((part) => part !== '')
    .join('\n\n')
}

/** What the tables would not have: keys of rows, and `micro`. */
export function missingFrom(rows: readonly Row[], records: readonly BenchRecord[]): string[] {
  const known = new Set(reportsOf(rows, records).map(({ row }) => row.key))
  const missing = rows.map(({ key }) => key).filter((key) => !known.has(key))
  return records.some(({ kind }) => kind === 'micro') ? missing : ['micro', ...missing]
}

function microTable(records: readonly BenchRecord[]): string {
  const last = records.findLast((record) => record.kind === 'micro')
  const run = records.find((record) => record.kind === 'run' && record.run === last?.run)
  if (last === undefined || run?.kind !== 'run') return ''
  const lines = last.outcomes.map(({ what, against, times }) => [what, short(times), against])
  return [
    table(['in memory', 'times as fast as', ''], lines),
    `Printed by \`npm run bench -- micro\`: ${describeRun(run)}`,
  ].join('\n\n')
}
