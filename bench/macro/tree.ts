import { checkNeeded, refusal } from '../needed.ts'
import { run } from './child.ts'

const gitMs = 30_000

/**
 * That a tree which the user named can be measured: it is built, has the configuration, and git knows its commit.
 * @throws ArgumentError which says what is missing
 */
export async function checkTree(folder: string): Promise<void> {
  const allowed = 'a built tree of this repository, with dist/cli.js and bench/open.yaml'
  const named = { key: '--tree', folder, allowed }
  await checkNeeded(named, ['dist/cli.js', 'bench/open.yaml'])
  const { code, err } = await run('git', ['rev-parse', '--verify', 'HEAD'], {
    cwd: folder,
    withinMs: gitMs,
  })
  if (code !== 0) throw refusal(named, `, of which git says ${err.trim().split('\n')[0]}`)
}
