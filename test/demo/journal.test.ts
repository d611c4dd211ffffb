import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Journal } from '../../demo/journal.ts'

describe("the demo house's log", () => {
  let dir: string
  let file: string

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'lk-journal-'))
    file = join(dir, 'demo.log')
  })

  afterEach(() => rm(dir, { recursive: true }))

  it('has lines with time and source, for its owner alone, and goes on where it was', async () => {
    new Journal(file).write('lamp', 'hello')
    new Journal(file).write('router', 'hello too')
    const lines = (await readFile(file, 'utf8')).trimEnd().split('\n')
    assert.match(lines[0] ?? '', /^\d{4}-\d\d-\d\dT[\d:.]+Z lamp: hello$/)
    assert.match(lines[1] ?? '', /router: hello too$/)
    assert.equal((await stat(file)).mode & 0o777, 0o600)
  })

  it('never takes more than two files of one MiB', async () => {
    const journal = new Journal(file)
    for (let line = 0; line < 250; line += 1) journal.write('lamp', 'x'.repeat(10_000))
    assert.deepEqual((await readdir(dir)).toSorted(), ['demo.log', 'demo.log.1'])
    for (const name of await readdir(dir))
      assert.ok((await stat(join(dir, name))).size <= 1024 * 1024)
  })
})
