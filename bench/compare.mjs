#!/usr/bin/env node
// What a plain CALL and a plain PUBLISH pay for features that they do not use: the engine of this tree against the
// engine with the code of the Advanced Profile taken out, which is the commit before it went in. Both run in turn, as
// machines are noisy, and the best of each are compared: `node bench/compare.mjs [--against COMMIT] [--rounds N]`.
// Exit code 1: more than 3 %.
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const { values } = parseArgs({
  options: {
    against: { type: 'string', default: 'dbea539' },
    rounds: { type: 'string', default: '15' },
  },
})
const rounds = Number(values.rounds)
/** What a feature that is not used may cost. */
const mostRatio = 1.03

function baseline(commit) {
  const folder = join(root, '.cache', `engine-${commit}`)
  if (!existsSync(folder)) {
    const git = (...args) => execFileSync('git', args, { cwd: root, stdio: 'inherit' })
    git('worktree', 'prune')
    git('worktree', 'add', '--detach', '--quiet', folder, commit)
  }
  return folder
}

function measure(tree) {
  const script = join(root, 'bench/plain-path.mjs')
  return JSON.parse(
    execFileSync(process.execPath, ['--import', 'tsx', script, tree], {
      cwd: root,
      encoding: 'utf8',
    }),
  )
}

/** What disturbs a run makes it only slower: the best of many runs is what the code costs. */
function best(runs, what) {
  return Math.min(...runs.map((run) => run[what]))
}

const before = baseline(values.against)
const without = []
const withAll = []
for (let round = 0; round < rounds; round++) {
  // In turn, so that neither always runs first.
  const runs = [() => without.push(measure(before)), () => withAll.push(measure(root))]
  for (const run of round % 2 === 0 ? runs : runs.toReversed()) run()
}
for (const what of ['call', 'publish']) {
  const [one, other] = [best(without, what), best(withAll, what)]
  const ratio = other / one
  process.stdout.write(
    `${what.padEnd(8)} ${one.toFixed(0)} ns without, ${other.toFixed(0)} ns with: ${ratio.toFixed(3)}\n`,
  )
  if (ratio > mostRatio) process.exitCode = 1
}
