import assert from 'node:assert/strict'
import type { AuditEntry } from '../../ecosystems/audit.ts'
import { House, refuses } from './house.ts'

function entry(target: string, more: Partial<AuditEntry> = {}): AuditEntry {
  return {
    realm: 'home',
    actor: 'person:guest',
    session: 1,
    action: 'call',
    target,
    outcome: 'deny',
    reason: 'level',
    decisionId: null,
    details: {},
    ...more,
  }
}

/** Lets what was begun by a timer go on. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve()
}

describe('the audit', () => {
  let house: House

  beforeEach(async () => {
    house = await House.open({ bounds: { auditBatch: 5, auditRecords: 12, auditDistinct: 100 } })
  })

  it('lists what was recorded, with time and number, newest first', async () => {
    const { audit } = house.ecosystems
    audit.record(entry('a'))
    audit.record(entry('b', { at: 5, details: { level: 3 } }))
    const rows = await audit.list({ limit: 10 })
    assert.deepEqual(rows, [
      { ...entry('b'), seq: 2, at: 5, details: { level: 3 } },
      { ...entry('a'), seq: 1, at: house.clock.now() },
    ])
  })

  it('writes after 200 ms', async () => {
    const { audit } = house.ecosystems
    audit.record(entry('a'))
    audit.record(entry('b'))
    house.clock.advance(199)
    await settle()
    assert.deepEqual(house.store.batches, [])
    house.clock.advance(1)
    await settle()
    assert.deepEqual(house.store.batches, [2])
  })

  it('writes at once when a batch is full, and never more than a batch in one go', async () => {
    const { audit } = house.ecosystems
    for (let number = 0; number < 12; number++) audit.record(entry(`t${number}`))
    await settle()
    assert.deepEqual(house.store.batches, [5, 5])
    await audit.flush()
    assert.deepEqual(house.store.batches, [5, 5, 2])
    assert.deepEqual(
      (await audit.list({ limit: 12 })).map(({ target }) => target).toReversed(),
      Array.from({ length: 12 }, (_, number) => `t${number}`),
    )
  })

  it('waits while the disk fails, and tries again after longer and longer', async () => {
    const { audit } = house.ecosystems
    house.store.broken = true
    audit.record(entry('a'))
    house.clock.advance(200)
    await settle()
    house.clock.advance(399)
    await settle()
    house.store.broken = false
    await settle()
    assert.deepEqual(house.store.batches, [])
    house.clock.advance(1)
    await settle()
    assert.deepEqual(house.store.batches, [1])
    assert.deepEqual(
      house.alarms.map(({ code }) => code),
      ['audit_delayed'],
    )
    assert.equal(audit.lost, 0)
  })

  it('loses what is beyond its bound, counts it and raises one alarm', async () => {
    const { audit } = house.ecosystems
    house.store.broken = true
    for (let number = 0; number < 20; number++) audit.record(entry(`t${number}`))
    await settle()
    assert.equal(audit.lost, 8)
    assert.deepEqual(house.alarms.map(({ code }) => code).toSorted(), [
      'audit_delayed',
      'audit_lost',
    ])
    assert.match(house.alarms.find(({ code }) => code === 'audit_lost')?.message ?? '', /12 wait/)
    house.store.broken = false
    await audit.flush()
    assert.equal((await audit.list({ limit: 100 })).length, 12)
  })

  it('raises an alarm again when it loses records again', async () => {
    const { audit } = house.ecosystems
    for (let round = 0; round < 2; round++) {
      house.store.broken = true
      for (let number = 0; number < 20; number++) audit.record(entry(`t${round} ${number}`))
      await settle()
      house.store.broken = false
      await audit.flush()
    }
    assert.equal(house.alarms.filter(({ code }) => code === 'audit_lost').length, 2)
    assert.equal(audit.lost, 16)
  })

  it('says so when it cannot be flushed, and lists what there is all the same', async () => {
    const { audit } = house.ecosystems
    audit.record(entry('a'))
    await audit.flush()
    house.store.broken = true
    audit.record(entry('b'))
    await refuses(audit.flush(), 'unavailable', /disk is broken/)
    assert.deepEqual(
      (await audit.list({ limit: 10 })).map(({ target }) => target),
      ['a'],
    )
  })

  it('says so when it cannot be read', async () => {
    await house.store.close()
    await refuses(house.ecosystems.audit.list({ limit: 1 }), 'unavailable', /closed/)
  })

  it('flushes for everybody who waits for it at the same time', async () => {
    const { audit } = house.ecosystems
    for (let number = 0; number < 4; number++) audit.record(entry(`a${number}`))
    const first = audit.flush()
    for (let number = 0; number < 4; number++) audit.record(entry(`b${number}`))
    await Promise.all([first, audit.flush(), audit.flush()])
    assert.equal((await house.store.listAudit({ limit: 100 })).length, 8)

    house.store.broken = true
    audit.record(entry('c'))
    const outcomes = await Promise.allSettled([audit.flush(), audit.flush()])
    assert.deepEqual(
      outcomes.map(({ status }) => status),
      ['rejected', 'rejected'],
    )
  })

  it('never throws, whatever it is given', async () => {
    const { audit } = house.ecosystems
    const circle: Record<string, unknown> = {}
    circle['self'] = circle
    audit.record(entry('x'.repeat(10_000), { details: { big: 'x'.repeat(10_000) } }))
    audit.record(entry('b', { details: circle }))
    audit.record(entry('c', { details: { big: 1n } }))
    await audit.flush()
    const rows = await audit.list({ limit: 10 })
    assert.equal(rows.length, 3)
    assert.ok((rows[2]?.target.length ?? 0) < 600)
    assert.deepEqual(
      rows.map(({ details }) => details),
      [
        { omitted: 'not expressible as JSON' },
        { omitted: 'not expressible as JSON' },
        { omitted: 'more than 4096 bytes' },
      ],
    )
  })

  it('lists so many records and no more', async () => {
    for (const limit of [0, 1_001, 1.5, -1])
      await refuses(
        house.ecosystems.audit.list({ limit }),
        'invalid_argument',
        /limit: .*1 to 1000/,
      )
  })

  it('is written when the house is closed', async () => {
    const { audit } = house.ecosystems
    for (let number = 0; number < 7; number++) audit.record(entry(`t${number}`))
    await house.ecosystems.close()
    assert.deepEqual(house.store.batches, [5, 2])
    audit.record(entry('late'))
    assert.equal(audit.lost, 1)
  })

  it('counts as lost what a failing disk did not take at the end', async () => {
    const { audit } = house.ecosystems
    audit.record(entry('a'))
    house.store.broken = true
    await house.ecosystems.close()
    assert.equal(audit.lost, 1)
    assert.equal(house.clock.waiting, 0)
  })
})

describe('a flood of records', () => {
  const windowMs = 60_000
  let house: House

  beforeEach(async () => {
    house = await House.open()
  })

  const rows = (): ReturnType<House['ecosystems']['audit']['list']> =>
    house.ecosystems.audit.list({ limit: 1_000 })

  it('of denials never takes the place of a change or a failure', async () => {
    house = await House.open({
      bounds: { auditRecords: 20, auditDistinct: 10_000, auditWindows: 10_000 },
    })
    const { audit } = house.ecosystems
    house.store.broken = true
    for (let number = 0; number < 1_000; number++) audit.record(entry(`t${number}`))
    for (let number = 0; number < 10; number++) {
      audit.record(entry(`g${number}`, { actor: 'person:owner', outcome: 'change' }))
      audit.record(entry(`f${number}`, { actor: 'person:owner', outcome: 'failure' }))
      audit.record(entry(`u${number}`, { actor: 'person:owner', outcome: 'allow' }))
    }
    assert.equal(audit.lost, 980)
    house.store.broken = false
    const kept = await rows()
    for (const outcome of ['change', 'failure', 'allow'])
      assert.equal(kept.filter((row) => row.outcome === outcome).length, 10, outcome)
  })

  it('that are all the same leaves one, and a count when a minute is over', async () => {
    const { audit } = house.ecosystems
    for (let round = 0; round < 10_000; round++) audit.record(entry('a', { details: { level: 3 } }))
    assert.deepEqual(
      (await rows()).map(({ details }) => details),
      [{ level: 3 }],
    )
    house.clock.advance(windowMs)
    const [counted, ...others] = await rows()
    assert.equal(others.length, 1)
    assert.deepEqual(counted?.details, { level: 3, count: 9_999 })
    assert.equal(counted.at, house.clock.now())
    house.clock.advance(10 * windowMs)
    assert.equal((await rows()).length, 2)
    assert.equal(audit.lost, 0)
  })

  it('is recorded anew in the next minute', async () => {
    const { audit } = house.ecosystems
    audit.record(entry('a'))
    house.clock.advance(windowMs)
    audit.record(entry('a'))
    assert.deepEqual(
      (await rows()).map(({ details }) => details),
      [{}, {}],
    )
  })

  it('keeps apart what differs: outcome, session, input, decision', async () => {
    const { audit } = house.ecosystems
    for (let round = 0; round < 2; round++) {
      audit.record(entry('a'))
      audit.record(entry('a', { session: 2 }))
      audit.record(entry('a', { outcome: 'failure' }))
      audit.record(entry('a', { details: { to: 'guest' } }))
      audit.record(entry('a', { decisionId: 'one' }))
      audit.record(entry('a', { decisionId: 'two' }))
    }
    assert.equal((await rows()).length, 6)
  })

  it('counts a use of level 1 that is decided anew each time as the same use', async () => {
    const { audit } = house.ecosystems
    for (const decisionId of ['one', 'two', 'three'])
      audit.record(entry('a', { outcome: 'allow', decisionId }))
    assert.equal((await rows()).length, 1)
  })

  it('never folds changes', async () => {
    for (let round = 0; round < 100; round++)
      house.ecosystems.audit.record(entry('a', { outcome: 'change' }))
    house.clock.advance(windowMs)
    assert.equal((await rows()).length, 100)
  })

  it('about ever different things leaves thirty a minute of one party, and counts the others', async () => {
    const { audit } = house.ecosystems
    for (let number = 0; number < 5_000; number++) audit.record(entry(`t${number}`))
    audit.record(entry('x', { actor: 'person:friend' }))
    assert.equal((await rows()).length, 31)
    house.clock.advance(windowMs)
    const [rest, ...others] = await rows()
    assert.equal(others.length, 31)
    assert.deepEqual(
      [rest?.actor, rest?.outcome, rest?.reason, rest?.details],
      ['person:guest', 'deny', 'more than are recorded one by one', { count: 4_970 }],
    )
    audit.record(entry('again'))
    assert.equal((await rows())[0]?.target, 'again')
  })

  it('of ever different parties is counted in one record beyond a bound', async () => {
    house = await House.open({ bounds: { auditWindows: 50 } })
    const { audit } = house.ecosystems
    for (let number = 0; number < 1_000; number++)
      audit.record(entry('a', { actor: `anonymous:${number}`, session: number }))
    assert.equal((await rows()).length, 50)
    audit.record(entry('safe', { actor: 'person:owner', outcome: 'allow' }))
    house.clock.advance(windowMs)
    const [rest] = await rows()
    assert.deepEqual([rest?.actor, rest?.details], ['several', { count: 950 }])
    assert.equal((await rows()).length, 52)
  })

  it('tells its counts when the house is closed', async () => {
    const { audit } = house.ecosystems
    for (let round = 0; round < 3; round++) audit.record(entry('a'))
    const written: unknown[] = []
    const append = house.store.appendAudit.bind(house.store)
    house.store.appendAudit = async (records) => {
      written.push(...records.map(({ details }) => details))
      await append(records)
    }
    await house.ecosystems.close()
    assert.deepEqual(written, [{}, { count: 2 }])
    assert.equal(house.clock.waiting, 0)
  })
})
