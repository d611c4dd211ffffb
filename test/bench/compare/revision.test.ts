import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ArgumentError } from '../../../bench/arguments.ts'
import { checkOut } from '../../../bench/compare/revision.ts'

describe('A revision to compare with', () => {
  let root: string
  const git = (...args: string[]): void => {
    const who = ['-c', 'user.name=test', '-c', 'user.email=test@example.com']
    execFileSync('git', [...who, ...args], { cwd: root, stdio: 'ignore' })
  }
  const commit = async (text: string): Promise<void> => {
    await writeFile(join(root, 'text'), text)
    git('add', '--all')
    git('commit', '--message', text)
  }
  beforeEach(async () => {
    root = await realpath(await mkdtemp(join(tmpdir(), 'lk-revision-')))
    git('init')
    await writeFile(join(root, 'package-lock.json'), '{}')
    await writeFile(join(root, '.gitignore'), '.cache/\nnode_modules\n')
    await mkdir(join(root, 'node_modules'))
    await writeFile(join(root, 'node_modules/.package-lock.json'), '{}')
    await commit('first')
    await commit('second')
  })
  afterEach(() => rm(root, { recursive: true }))

  it('is checked out below .cache with our packages, as its lock file is ours, and only once', async () => {
    for (let i = 0; i < 2; i++) {
      const { tree, hash } = await checkOut(root, 'HEAD~1', assert.fail)
      assert.equal(tree, join(root, `.cache/compare-${hash.slice(0, 12)}`))
      assert.equal(await readFile(join(tree, 'text'), 'utf8'), 'first')
      assert.equal(await realpath(join(tree, 'node_modules')), join(root, 'node_modules'))
    }
    assert.equal(await readFile(join(root, 'text'), 'utf8'), 'second')
  })

  it('that is none is refused, also where it would read as an option', async () => {
    for (const revision of ['nothing', '--all', ''])
      await assert.rejects(checkOut(root, revision, assert.fail), (error: unknown) => {
        assert.ok(error instanceof ArgumentError)
        return error.message.startsWith(`--compare: found ${revision}; allowed is a revision`)
      })
  })
})
