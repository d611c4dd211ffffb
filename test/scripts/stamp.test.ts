import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

interface StampModule {
  filesBelow(root: string, path: string, options?: { deep?: boolean }): string[]
  hashOf(root: string, paths: string[]): string
  isStamped(file: string, value: string): boolean
  stamp(file: string, value: string): void
}

const script = new URL('../../scripts/stamp.mjs', import.meta.url).href

describe('a stamp', () => {
  let folder: string
  let stamps: StampModule

  before(async () => {
    stamps = (await import(script)) as StampModule
  })

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'latchkey-stamp-'))
    await mkdir(join(folder, 'router/wire'), { recursive: true })
    await writeFile(join(folder, 'router/wire/id.ts'), 'a')
    await writeFile(join(folder, 'cli.ts'), 'b')
  })

  afterEach(async () => {
    await rm(folder, { recursive: true })
  })

  it('sees a file changed, added, removed or renamed, and no mere touch', async () => {
    const hash = (): string => stamps.hashOf(folder, ['router', 'cli.ts', 'not-there'])
    const seen = new Set([hash()])
    await utimes(join(folder, 'cli.ts'), 1, 1)
    assert.ok(seen.has(hash()))
    await writeFile(join(folder, 'cli.ts'), 'c')
    seen.add(hash())
    await writeFile(join(folder, 'router/new.ts'), '')
    seen.add(hash())
    await rm(join(folder, 'router/wire/id.ts'))
    seen.add(hash())
    await writeFile(join(folder, 'router/wire/ids.ts'), 'a')
    seen.add(hash())
    assert.equal(seen.size, 5)
  })

  it('lists files in an order of their own, or those of one folder alone', () => {
    assert.deepEqual(stamps.filesBelow(folder, '.'), ['cli.ts', 'router/wire/id.ts'])
    assert.deepEqual(stamps.filesBelow(folder, '.', { deep: false }), ['cli.ts'])
    assert.deepEqual(stamps.filesBelow(folder, 'cli.ts'), ['cli.ts'])
  })

  it('holds for its value alone', () => {
    const file = join(folder, 'dist/.stamp')
    assert.equal(stamps.isStamped(file, 'x'), false)
    stamps.stamp(file, 'x')
    assert.equal(stamps.isStamped(file, 'x'), true)
    assert.equal(stamps.isStamped(file, 'y'), false)
  })
})
