import { describeRun, table } from '../markdown.ts'
import { cellsOf, heads } from './cells.ts'
import type { RowReport } from './report.ts'

/** The macro part's tables of docs/PERFORMANCE.md, in Markdown. */
export function macroTables(reports: readonly RowReport[]): string {
  const runs = [...new Set(reports.map(({ run }) => run))].toSorted((a, b) =>
    a.run.localeCompare(b.run),
  )
  const cells = reports.flatMap((report) =>
    report.verdicts.map((verdict, index) => {
      const [what = '', ...rest] = cellsOf(report, verdict)
      const command = `\`--rows ${report.row.key}\` (${runs.indexOf(report.run) + 1})`
      return index === 0 ? [what, ...rest, command] : ['', ...rest, '']
    }),
  )
  const faults = reports.flatMap((report) => report.faults)
  return [
    table([...heads, 'printed by'], cells),
    'Printed by `npm run bench -- macro` with these rows, in the run of the number in brackets:',
    runs.map((run, index) => `${index + 1}. ${describeRun(run)}`).join('\n'),
    faults.length === 0
      ? 'No measurement failed.'
      : `Measurements that failed and are left out:\n\n${faults.map((fault) => `- ${fault}`).join('\n')}`,
  ].join('\n\n')
}
