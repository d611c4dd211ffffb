import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ArgumentError } from '../../bench/arguments.ts'
import { checkPage, withTables, writePage } from '../../bench/page.ts'

const [from, to] = ['<!-- measured: npm run bench -->', '<!-- /measured -->']
const page = `# Performance

By hand, before.

${from}

| old |
| --- |
| 1   |

${to}

By hand, after.
`

const refusal =
  (message: RegExp) =>
  (error: unknown): boolean => {
    assert.ok(error instanceof ArgumentError)
    assert.match(error.message, message)
    return true
  }

describe('The page of the bench', () => {
  let folder: string
  let file: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lk-page-'))
    file = join(folder, 'PERFORMANCE.md')
  })
  afterEach(() => rm(folder, { recursive: true }))

  it('gets its tables between the two marks, and keeps every letter of the prose', async () => {
    await writeFile(file, page)
    await writePage(file, '| new |\n| --- |\n| 2 |')
    const written = await readFile(file, 'utf8')
    assert.equal(written, page.replace('| old |', '| new |').replace('| 1   |', '| 2   |'))
  })

  it('is the same when the same tables are written twice', async () => {
    await writeFile(file, page)
    await writePage(file, '| a | b |\n| --- | --- |\n| longer than before | 2 |')
    const once = await readFile(file, 'utf8')
    await writePage(file, '| a | b |\n| --- | --- |\n| longer than before | 2 |')
    assert.equal(await readFile(file, 'utf8'), once)
  })

  it('is refused without the marks, with them the wrong way round, or twice, and is left as it was', async () => {
    const bad = ['# Performance\n', `${to}\n${from}\n`, `${from}\n`, `${to}\n`, page + page]
    for (const text of bad) {
      assert.throws(() => withTables(text, '| x |'), /must have one line <!-- measured/)
      await writeFile(file, text)
      const told =
        /^--page: found \S+PERFORMANCE\.md; allowed is a page with one line <!-- measured/
      await assert.rejects(writePage(file, '| x |'), refusal(told))
      await assert.rejects(checkPage(file), refusal(told))
      assert.equal(await readFile(file, 'utf8'), text)
    }
  })

  it('is refused when it is not there, or is a folder', async () => {
    const gone = /^--page: found \S+PERFORMANCE\.md \(ENOENT: no such file or directory\); allowed/
    await assert.rejects(checkPage(file), refusal(gone))
    await assert.rejects(checkPage(folder), refusal(/^--page: found \S+ \(EISDIR: .+\); allowed/))
    await assert.rejects(checkPage(''), refusal(/^--page: found nothing \(ENOENT/))
  })

  it('of this project has the marks', () =>
    checkPage(join(import.meta.dirname, '../../docs/PERFORMANCE.md')))
})
