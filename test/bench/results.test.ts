import assert from 'node:assert/strict'
import { appendFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { ArgumentError } from '../../bench/arguments.ts'
import { Results, type BenchRecord } from '../../bench/results.ts'

const refusal =
  (message: RegExp) =>
  (error: unknown): boolean => {
    assert.ok(error instanceof ArgumentError)
    assert.match(error.message, message)
    return true
  }

describe('The results of the bench', () => {
  const record: BenchRecord = { kind: 'micro', run: 'now', outcomes: [] }
  let folder: string
  let file: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lk-results-'))
    file = join(folder, 'deep/results.jsonl')
  })
  afterEach(() => rm(folder, { recursive: true }))

  it('are none before the first, and stay in order', async () => {
    const results = new Results(file)
    assert.deepEqual(await results.all(), [])
    await results.add(record)
    await results.add({ ...record, run: 'later' })
    assert.deepEqual(
      (await new Results(file).all()).map(({ run }) => run),
      ['now', 'later'],
    )
  })

  it('are not lost by a run that was killed while it wrote, and the next has a line to itself', async () => {
    const results = new Results(file)
    await results.add(record)
    await appendFile(file, '{"kind":"mic')
    assert.deepEqual(await results.all(), [record])
    await results.prepare()
    await results.add({ ...record, run: 'later' })
    assert.deepEqual(
      (await results.all()).map(({ run }) => run),
      ['now', 'later'],
    )
  })

  it('keep a last line that somebody left without its end', async () => {
    const results = new Results(file)
    await mkdir(dirname(file))
    await writeFile(file, JSON.stringify(record))
    await results.prepare()
    await results.add(record)
    assert.deepEqual(await results.all(), [record, record])
  })

  it('name a line that is broken or none of theirs, counted as an editor counts', async () => {
    const results = new Results(file)
    await results.add(record)
    const whole = await readFile(file, 'utf8')
    for (const line of ['{"kind":"mic', 'null', '5', '{}', '{"kind":"run","run":"now"}']) {
      await writeFile(file, `${whole}\n${line}\n`)
      const told = /^--results: found \S+results\.jsonl, of which line 3 is no result of the bench;/
      await assert.rejects(results.all(), refusal(told))
      await assert.rejects(results.prepare(), refusal(told))
    }
  })

  it('are not looked for in what is no file of theirs, which is left as it is', async () => {
    await mkdir(dirname(file))
    await writeFile(file, 'dear diary')
    const results = new Results(file)
    await assert.rejects(results.prepare(), refusal(/of which line 1 is no result/))
    assert.equal(await readFile(file, 'utf8'), 'dear diary')
  })

  it('are refused where nothing can be read or written', async () => {
    await assert.rejects(
      new Results(folder).all(),
      refusal(/^--results: found \S+ \(EISDIR: .+\);/),
    )
    await writeFile(file.replace('/results.jsonl', ''), '')
    await assert.rejects(
      new Results(file).prepare(),
      refusal(/^--results: found \S+ \(ENOTDIR: .+\);/),
    )
    await assert.rejects(new Results('').prepare(), refusal(/^--results: found nothing \(ENOENT/))
  })

  it('are some, or it is said that there are none', async () => {
    const results = new Results(file)
    const told = /^--results: found \S+results\.jsonl, which has no results; allowed/
    await assert.rejects(results.some(), refusal(told))
    await results.add(record)
    assert.deepEqual(await results.some(), [record])
  })
})
