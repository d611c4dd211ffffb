import assert from 'node:assert/strict'
import { appendFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Results, type BenchRecord } from '../../bench/results.ts'

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

  it('are not lost by a run that was killed while it wrote, and name any other line that is broken', async () => {
    const results = new Results(file)
    await results.add(record)
    await appendFile(file, '{"kind":"mic')
    assert.deepEqual(await results.all(), [record])
    await appendFile(file, '\n')
    await assert.rejects(results.all(), /results\.jsonl, line 2 is no JSON/)
  })
})
