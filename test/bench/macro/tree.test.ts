import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ArgumentError } from '../../../bench/arguments.ts'
import { checkTree } from '../../../bench/macro/tree.ts'

describe('A tree to measure', () => {
  let folder: string
  const git = (...args: string[]): void => {
    const env = { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_SYSTEM: '/dev/null' }
    const who = ['-c', 'user.name=test', '-c', 'user.email=test@example.com']
    execFileSync('git', [...who, ...args], { cwd: folder, stdio: 'ignore', env })
  }
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lk-tree-'))
    for (const file of ['dist/cli.js', 'bench/open.yaml']) {
      await mkdir(join(folder, file, '..'))
      await writeFile(join(folder, file), '')
    }
  })
  afterEach(() => rm(folder, { recursive: true }))

  async function refused(message: string): Promise<void> {
    await assert.rejects(checkTree(folder), (error: unknown) => {
      assert.ok(error instanceof ArgumentError)
      assert.ok(error.message.startsWith(`--tree: found ${folder}, ${message}`), error.message)
      assert.match(error.message, /; allowed is a built tree of this repository/)
      assert.ok(!error.message.includes('\n'))
      return true
    })
  }

  it('is taken when it is built and git knows its commit', async () => {
    git('init')
    git('commit', '--allow-empty', '--message', 'first')
    await checkTree(folder)
  })

  it('is refused when it is not built', async () => {
    await rm(join(folder, 'dist/cli.js'))
    await refused('which has no dist/cli.js')
  })

  it('is refused without the configuration that its router gets', async () => {
    await rm(join(folder, 'bench/open.yaml'))
    await refused('which has no bench/open.yaml')
  })

  it('is refused where git knows no commit of it', async () => {
    await refused('of which git says fatal: not a git repository')
    git('init')
    await refused('of which git says fatal: ')
  })
})
