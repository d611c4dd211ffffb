import assert from 'node:assert/strict'
import { rows } from '../../bench/macro/rows.ts'
import type { BenchRecord } from '../../bench/results.ts'
import { missingFrom, tablesOf } from '../../bench/tables.ts'

const [rpc] = rows
if (rpc === undefined) throw new Error('there are no rows')

function runOf(run: string): BenchRecord {
  return {
    kind: 'run',
    run,
    command: `npm run bench -- macro`,
    commit: 'abc1234',
    machine: '2 cores (a), Node v1',
    versions: { 'relay-cork': 'ws 8' },
    missing: { crossbar: 'no Python' },
  }
}

function measured(run: string, variant: string, round: number, rate: number): BenchRecord {
  const measurement = {
    ops_per_s: rate,
    ops_per_router_cpu_s: rate,
    errors: 0,
    lost_sessions: 0,
    ...(rate === 0 && { fault: 'it did not start' }),
  }
  return { kind: 'measurement', run, row: 'rpc', variant, round, measurement }
}

/** A run in which ours made `rate` calls and the relay 100. */
function runWith(run: string, rounds: number, rate: number): BenchRecord[] {
  const records = [runOf(run)]
  for (let round = 0; round < rounds; round++)
    records.push(measured(run, 'ours', round, rate), measured(run, 'relay-cork', round, 100))
  return records
}

describe('The tables of the bench', () => {
  it('show figure, other, ratio, bar, rounds, command, versions and what is not installed', () => {
    const text = tablesOf([rpc], runWith('2030-01-02T03:04:05.000Z', 5, 80))
    const cells = '| 80 /CPU s | relay-cork 100 | 0.80 | ≥ 0.70 | yes | 5 | `--rows rpc` (1) |'
    assert.ok(text.includes(cells), text)
    assert.match(text, /1\. 2030-01-02 03:04 UTC, `npm run bench -- macro`, commit abc1234/)
    assert.match(
      text,
      /Peers: relay-cork \(ws 8\)\. Not installed, so not measured: crossbar \(no Python\)/,
    )
    assert.match(text, /No measurement failed/)
  })

  it('take the latest run that has all rounds, and not a later one that broke off', () => {
    const whole = runWith('2030-01-01T00:00:00.000Z', 5, 60)
    const broken = runWith('2030-01-02T00:00:00.000Z', 2, 90)
    assert.match(
      tablesOf([rpc], [...whole, ...broken]),
      /\| 0\.60 \| ≥ 0\.70 \| \*\*no\*\* \| 5 \|/,
    )
    assert.match(tablesOf([rpc], broken), /\| 0\.90 \| ≥ 0\.70 \| yes \| 2 of 5 \|/)
  })

  it('say what was not measured', () => {
    const text = tablesOf([rpc], runWith('2030-01-01T00:00:00.000Z', 5, 80))
    assert.match(text, /\| fox-wamp \| – \| ≥ 6\.00 \| \*\*not measured\*\* \| 0 of 5 \|/)
  })

  it('name what failed and leave it out', () => {
    const run = '2030-01-01T00:00:00.000Z'
    const records = [...runWith(run, 5, 80), measured(run, 'fox-wamp', 0, 0)]
    assert.match(tablesOf([rpc], records), /- rpc, fox-wamp, round 1: it did not start/)
  })

  it('are only whole when every row and the micro part were measured', () => {
    const run = '2030-01-01T00:00:00.000Z'
    const records = runWith(run, 5, 80)
    assert.deepEqual(missingFrom([rpc], records), ['micro'])
    const outcomes = [{ what: 'a kept decision', against: 'Map.get', times: 0.5 }]
    const all: BenchRecord[] = [...records, { kind: 'micro', run, outcomes }]
    assert.deepEqual(missingFrom([rpc], all), [])
    assert.deepEqual(missingFrom(rows.slice(0, 2), all), [rows[1]?.key])
    assert.match(tablesOf([rpc], all), /\| a kept decision +\| 0\.50 +\| Map\.get/)
  })

  it('are nothing when nothing was measured', () => assert.equal(tablesOf(rows, []), ''))
})
