import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { defaultBounds } from '../../ecosystems/bounds.ts'
import { MemoryUsage } from '../../ecosystems/store/memory-usage.ts'
import { SqliteStore } from '../../ecosystems/store/sqlite.ts'
import { StoreUnavailable } from '../../ecosystems/store/store.ts'
import type { UsageLog, UsageRow } from '../../ecosystems/store/usage-log.ts'
import { Usage, type UsageKey } from '../../ecosystems/usage.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { until } from '../support/until.ts'
import { refuses } from './house.ts'

const minuteMs = 60_000
const start = 1_700_000_040_000
const key: UsageKey = {
  realm: 'home',
  reader: 'person:guest',
  uri: 'lamp.switch',
  action: 'call',
}

/** Keeps what it is given, and can be broken. */
class Kept extends MemoryUsage {
  readonly batches: (readonly UsageRow[])[] = []
  broken = false

  override append(
    rows: readonly UsageRow[],
    bounds: { readonly before: number; readonly keep: number },
  ): Promise<void> {
    if (this.broken) return Promise.reject(new StoreUnavailable('the disk is full'))
    this.batches.push(rows)
    return super.append(rows, bounds)
  }
}

describe('who used what', () => {
  let clock: ManualClock
  let rows: Kept
  let said: string[]

  const open = (bounds: Partial<typeof defaultBounds> = {}): Usage =>
    new Usage({
      rows,
      clock,
      bounds: { ...defaultBounds, ...bounds },
      log: (_level, message) => said.push(message),
    })

  beforeEach(() => {
    clock = new ManualClock(start)
    rows = new Kept()
    said = []
  })

  it('is written once a minute, in one batch, and only where there was anything', async () => {
    const usage = open()
    assert.equal(clock.waiting, 0)
    const counter = usage.counter(key)
    for (let i = 0; i < 1_000; i++) counter.add()
    usage.counter({ ...key, uri: 'tv.play' }).add()
    clock.advance(minuteMs)
    await until(() => rows.batches.length === 1)
    assert.deepEqual(
      rows.batches[0]?.map(({ uri, count, at }) => [uri, count, at]),
      [
        ['lamp.switch', 1_000, start],
        ['tv.play', 1, start],
      ],
    )
    assert.equal(clock.waiting, 0)
    // A counter that a decision has kept counts on.
    counter.add()
    clock.advance(minuteMs)
    await until(() => rows.batches.length === 2)
    assert.equal(rows.batches[1]?.[0]?.count, 1)
  })

  it('is one count for one reader and URI, however often that was decided', async () => {
    const usage = open({ usageCounters: 1 })
    const counters = Array.from({ length: 5 }, () => usage.counter(key))
    for (const counter of counters) counter.add()
    for (const counter of counters) counter.add()
    const [sum] = await usage.list({ realm: 'home', since: start })
    assert.equal(sum?.count, 10)
    assert.equal(usage.lost, 0)
  })

  it('is given up beyond the bound, which is said once', async () => {
    const usage = open({ usageCounters: 2 })
    for (const uri of ['a.x', 'b.x', 'c.x', 'd.x']) usage.counter({ ...key, uri }).add()
    assert.equal(usage.lost, 2)
    assert.equal(said.length, 1)
    assert.equal((await usage.list({ realm: 'home', since: start })).length, 2)
    // In the next minute there is room again.
    clock.advance(minuteMs)
    usage.counter({ ...key, uri: 'c.x' }).add()
    assert.equal((await usage.list({ realm: 'home', since: start })).length, 3)
  })

  it('is counted together where one reader makes up ever other names, so that others are counted too', async () => {
    const usage = open({ usageCounters: 6, usageCountersPerReader: 2 })
    for (let i = 0; i < 100; i++) usage.counter({ ...key, uri: `user.owner.made_up_${i}` }).add()
    usage.counter({ ...key, reader: 'person:other' }).add()
    assert.equal(usage.lost, 0)
    assert.deepEqual(
      (await usage.list({ realm: 'home', since: start })).map(({ uri, count }) => [uri, count]),
      [
        ['user.owner.made_up_0', 1],
        ['user.owner.made_up_1', 1],
        ['user.owner.', 98],
        ['lamp.switch', 1],
      ],
    )
  })

  it('is not written by whoever asks about it', async () => {
    const usage = open()
    for (let i = 0; i < 5; i++) {
      usage.counter(key).add()
      const [sum] = await usage.list({ realm: 'home', since: start })
      assert.equal(sum?.count, i + 1)
    }
    assert.deepEqual(rows.batches, [])
  })

  it('is told as far as one listing goes, the last ones', async () => {
    const usage = open({ usageListing: 2 })
    for (const uri of ['tv.play', 'tv.pause', 'tv.stop']) {
      usage.counter({ ...key, uri }).add()
      clock.advance(minuteMs)
    }
    const told = await usage.list({ realm: key.realm, since: start })
    assert.deepEqual(
      told.map(({ uri }) => uri),
      ['tv.stop', 'tv.pause'],
    )
    assert.equal(usage.mostListed, 2)
  })

  it('waits for a store that fails, and is written then', async () => {
    const usage = open()
    rows.broken = true
    usage.counter(key).add()
    clock.advance(minuteMs)
    await until(() => said.length === 1)
    rows.broken = false
    await until(() => clock.waiting === 1)
    clock.advance(minuteMs)
    await until(() => rows.batches.length === 1)
    assert.deepEqual(
      rows.batches[0]?.map(({ count, at }) => [count, at]),
      [[1, start]],
    )
  })

  it('is written when the house closes, and not counted after that', async () => {
    const usage = open()
    const counter = usage.counter(key)
    counter.add()
    await usage.close()
    assert.equal(rows.batches.length, 1)
    usage.counter({ ...key, uri: 'tv.play' }).add()
    assert.equal(clock.waiting, 0)
  })

  it('is not asked for further back than it is kept', async () => {
    const usage = open({ usageMs: minuteMs })
    const realm = 'home'
    await refuses(usage.list({ realm, since: start - minuteMs - 1 }), 'invalid_argument', /usageMs/)
    assert.deepEqual(await usage.list({ realm, since: start - minuteMs }), [])
  })
})

function behavesAsLog(name: string, make: () => Promise<[UsageLog, () => Promise<void>]>): void {
  describe(`${name} as a log of uses`, () => {
    let log: UsageLog
    let close: () => Promise<void>
    const row = (at: number, more: Partial<UsageRow> = {}): UsageRow => ({
      ...key,
      at,
      count: 1,
      ...more,
    })
    const all = { realm: 'home', since: 0, limit: 100 }

    beforeEach(async () => {
      ;[log, close] = await make()
    })

    afterEach(() => close())

    it('sums by reader, URI and action, the last ones first', async () => {
      const bounds = { before: 0, keep: 100 }
      await log.append([row(1, { count: 2 }), row(3), row(2, { uri: 'tv.play' })], bounds)
      await log.append([row(4, { action: 'subscribe' }), row(5, { realm: 'away' })], bounds)
      assert.deepEqual(
        (await log.list(all)).map((sum) => [
          sum.action,
          sum.uri,
          sum.count,
          sum.firstAt,
          sum.lastAt,
        ]),
        [
          ['subscribe', 'lamp.switch', 1, 4, 4],
          ['call', 'lamp.switch', 3, 1, 3],
          ['call', 'tv.play', 1, 2, 2],
        ],
      )
      assert.equal((await log.list({ ...all, since: 3 }))[1]?.count, 1)
      assert.equal((await log.list({ ...all, limit: 1 })).length, 1)
    })

    it('forgets what is too old, and the oldest of too many', async () => {
      await log.append([row(1, { uri: 'a.x' }), row(5, { uri: 'b.x' })], { before: 5, keep: 100 })
      assert.deepEqual(
        (await log.list(all)).map(({ uri }) => uri),
        ['b.x'],
      )
      const many = ['c.x', 'd.x', 'e.x'].map((uri, i) => row(6 + i, { uri }))
      await log.append(many, { before: 0, keep: 2 })
      assert.deepEqual(
        (await log.list(all)).map(({ uri }) => uri),
        ['e.x', 'd.x'],
      )
    })
  })
}

behavesAsLog('memory', async () => [new MemoryUsage(), async () => undefined])
behavesAsLog('SQLite', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'lk-usage-'))
  const store = await SqliteStore.open(join(dir, 'usage.db'))
  return [
    store.usage,
    async () => {
      await store.close()
      await rm(dir, { recursive: true })
    },
  ]
})
