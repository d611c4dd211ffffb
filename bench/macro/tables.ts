import type { RunRecord } from '../results.ts'
import { cellsOf, heads } from './cells.ts'
import type { RowReport } from './report.ts'

/** The tables of docs/PERFORMANCE.md, in Markdown. */
export function tablesOf(reports: readonly RowReport[]): string {
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
    runs.map((run, index) => `${index + 1}. ${describe(run)}`).join('\n'),
    faults.length === 0
      ? 'No measurement failed.'
      : `Measurements that failed and are left out:\n\n${faults.map((fault) => `- ${fault}`).join('\n')}`,
  ].join('\n\n')
}

function describe({ run, command, commit, machine, versions, missing }: RunRecord): string {
  const peers = Object.entries(versions).map(([name, version]) => `${name} (${version})`)
  const left = Object.entries(missing).map(([name, why]) => `${name} (${why})`)
  return [
    `${run.slice(0, 16).replace('T', ' ')} UTC, \`${command}\`, commit ${commit}, ${machine}.`,
    peers.length > 0 ? `Peers: ${peers.join('; ')}.` : '',
    left.length > 0 ? `Not installed, so not measured: ${left.join('; ')}.` : '',
  ]
    .filter((part) => part !== '')
    .join(' ')
}

/** A Markdown table. */
export function table(columns: readonly string[], lines: readonly (readonly string[])[]): string {
  return [line(columns), `|${' --- |'.repeat(columns.length)}`, ...lines.map(line)].join('\n')
}

function line(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`
}
