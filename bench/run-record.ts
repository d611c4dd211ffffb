import { execFileSync } from 'node:child_process'
import { cpus } from 'node:os'
import type { RunRecord } from './results.ts'

/** Where and of what a run is, without its peers. */
export function runRecord(tree: string, command: string): RunRecord {
  const git = (...args: string[]): string =>
    execFileSync('git', args, { cwd: tree, encoding: 'utf8' }).trim()
  const dirty = git('status', '--porcelain', '--untracked-files=no') === '' ? '' : '+'
  const [cpu] = cpus()
  return {
    kind: 'run',
    run: new Date().toISOString(),
    command,
    commit: `${git('rev-parse', '--short', 'HEAD')}${dirty}`,
    machine: `${cpus().length} cores (${cpu?.model.trim() ?? 'unknown'}), Node ${process.version}`,
    versions: {},
    missing: {},
  }
}
