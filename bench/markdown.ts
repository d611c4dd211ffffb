import type { RunRecord } from './results.ts'

/** Where, with what and of what a run was, in a line. */
export function describeRun({
  run,
  command,
  commit,
  machine,
  versions,
  missing,
}: RunRecord): string {
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
