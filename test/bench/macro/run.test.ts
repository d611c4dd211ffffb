import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { measure } from '../../../bench/macro/measure.ts'
import { faultOf } from '../../../bench/macro/measurement.ts'
import { Peers } from '../../../bench/macro/peer.ts'
import type { Row, Variant } from '../../../bench/macro/row.ts'
import { rows } from '../../../bench/macro/rows.ts'
import { measureRows } from '../../../bench/macro/run.ts'
import { Results } from '../../../bench/results.ts'

const root = join(import.meta.dirname, '../../..')
const wampBench = process.env.WAMP_BENCH
const hasGo = spawnSync('go', ['version']).status === 0

function rowOf(key: string): Row {
  const row = rows.find((one) => one.key === key)
  if (row === undefined) throw new Error(`there is no row ${key}`)
  return row
}

/** A row of which these only are measured, and nothing is promised: what else runs here is not ours to choose. */
function narrowed(key: string, ...names: readonly string[]): Row {
  const row = rowOf(key)
  const variants = row.variants.filter(({ name }) => names.includes(name))
  return { ...row, variants, comparisons: row.comparisons.filter(({ bar }) => bar === undefined) }
}

describe('The macro part of the bench', function () {
  this.timeout(60_000)
  const means = { tree: root, generator: '', peers: new Peers(wampBench ?? '') }
  const timing = { seconds: 0.3, warmup: 0.2 }
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lk-bench-'))
  })
  afterEach(() => rm(folder, { recursive: true }))

  for (const realm of ['protected', 'open'] as const)
    it(`measures calls in ${realm === 'open' ? 'an open' : 'a protected'} realm of a real router, and finds no fault`, async () => {
      const row = rowOf('protected')
      const variant = row.variants.find(({ calls }) => calls?.realm === realm) as Variant
      const measurement = await measure(means, row, variant, timing)
      assert.equal(faultOf(measurement), undefined)
      assert.ok(measurement.ops_per_router_cpu_s > 0)
      assert.ok((measurement.extra?.answered ?? 0) > 0)
    })

  it('tells as a fault of the measurement what keeps a router from starting', async () => {
    const row = rowOf('protected')
    const [variant] = row.variants
    const measurement = await measure({ ...means, tree: folder }, row, variant as Variant, timing)
    assert.match(faultOf(measurement) ?? '', /open\.yaml/)
  })

  // Elsewhere the load generator is not there, and what it needs (Go) is not what tests may install.
  if (wampBench !== undefined && wampBench !== '' && hasGo)
    it('measures ours and a relay by the load generator, and writes each measurement down', async () => {
      const results = new Results(join(folder, 'results.jsonl'))
      const said: string[] = []
      const options = { root, tree: root, wampBench, rounds: 1, seconds: 0.3 }
      const chosen = [narrowed('rpc', 'ours', 'relay-own')]
      const say = (line: string): unknown => said.push(line)
      const command = 'npm run bench'
      assert.ok(
        await measureRows({ ...options, rows: chosen, command, results, say }),
        said.join('\n'),
      )
      const records = await results.all()
      assert.deepEqual(
        records.map((record) => (record.kind === 'measurement' ? record.variant : record.kind)),
        ['run', 'ours', 'relay-own'],
      )
      for (const record of records)
        if (record.kind === 'measurement')
          assert.ok(record.measurement.ops_per_router_cpu_s > 1_000, JSON.stringify(record))
    })
})
