import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ArgumentError } from '../../../bench/arguments.ts'
import { checkWampBench } from '../../../bench/macro/wamp-bench.ts'

describe('The folder that WAMP_BENCH names', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lk-wamp-bench-'))
    for (const file of ['go.mod', 'main.go']) await writeFile(join(folder, file), '')
    await mkdir(join(folder, 'peers'))
  })
  afterEach(() => rm(folder, { recursive: true }))

  it('has the load generator and its peers', () => checkWampBench(folder))

  for (const entry of ['go.mod', 'main.go', 'peers'])
    it(`is refused without ${entry}`, async () => {
      await rm(join(folder, entry), { recursive: true })
      await assert.rejects(checkWampBench(folder), (error: unknown) => {
        assert.ok(error instanceof ArgumentError)
        assert.ok(error.message.startsWith(`WAMP_BENCH: found ${folder}, which has no ${entry}`))
        return true
      })
    })
})
