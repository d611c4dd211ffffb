import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readFile, rm, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { ArgumentError } from '../arguments.ts'
import { run } from '../macro/child.ts'

const installMs = 20 * 60_000

/** Another revision of this repository, in a folder of its own below `.cache`. */
export interface Revision {
  readonly hash: string
  readonly tree: string
}

/**
 * Checks a revision out and gives it its packages: ours where its lock file is the same.
 * @throws ArgumentError when there is no such revision
 */
export async function checkOut(
  root: string,
  revision: string,
  say: (line: string) => void,
): Promise<Revision> {
  const hash = resolve(root, revision)
  const tree = join(root, `.cache/compare-${hash.slice(0, 12)}`)
  if (!existsSync(tree)) {
    git(root, 'worktree', 'prune')
    git(root, 'worktree', 'add', '--quiet', '--detach', tree, hash)
  }
  // What npm writes last: an installation that was broken off has not got it.
  if (!existsSync(join(tree, 'node_modules/.package-lock.json'))) {
    const lock = 'package-lock.json'
    const [ours, its] = await Promise.all(
      [root, tree].map((folder) => readFile(join(folder, lock), 'utf8')),
    )
    if (ours === its) {
      await rm(join(tree, 'node_modules'), { recursive: true, force: true })
      await symlink(join(root, 'node_modules'), join(tree, 'node_modules'))
    } else {
      say(`${revision} has other packages: npm ci in ${tree}.`)
      await must('npm', ['ci'], tree)
    }
  }
  return { hash, tree }
}

/** Builds its `dist/`. What a revision is made of does not change, so once is enough. */
export async function buildOnce({ tree }: Revision): Promise<void> {
  if (existsSync(join(tree, 'dist/.stamp'))) return
  await must('npm', ['run', '--silent', 'build'], tree)
}

function resolve(root: string, revision: string): string {
  try {
    return git(root, 'rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}^{commit}`)
  } catch (error) {
    throw new ArgumentError(
      `--compare: found ${revision}; allowed is a revision of this repository`,
      { cause: error },
    )
  }
}

function git(root: string, ...args: string[]): string {
  return execFileSync('git', args, {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  }).trim()
}

async function must(program: string, args: readonly string[], cwd: string): Promise<void> {
  const { code, out, err } = await run(program, args, { cwd, withinMs: installMs })
  if (code === 0) return
  throw new Error(`${program} ${args.join(' ')} failed in ${cwd}:\n${out}${err}`.trim())
}
