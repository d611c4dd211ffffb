import assert from 'node:assert/strict'
import fc from 'fast-check'
import { IdTable } from '../../router/id-table.ts'

/** Ids as clients have them: from 1 on, large, or chosen to collide. */
const id = fc.oneof(
  fc.integer({ min: 1, max: 40 }),
  fc.integer({ min: 2 ** 53 - 20, max: 2 ** 53 }),
  fc.integer({ min: 1, max: 30 }).map((n) => n * 2 ** 20),
  fc.integer({ min: 1, max: 30 }).map((n) => n * 2 ** 32),
)
const steps = fc.array(fc.record({ id, isSet: fc.boolean() }), { maxLength: 400 })

describe('IdTable', () => {
  it('has at any time what a Map would have', () => {
    fc.assert(
      fc.property(steps, (all) => {
        const table = new IdTable<number>()
        const map = new Map<number, number>()
        all.forEach(({ id: key, isSet }, i) => {
          if (isSet) {
            table.set(key, i)
            map.set(key, i)
          } else assert.equal(table.delete(key), map.delete(key))
          assert.equal(table.size, map.size)
          assert.equal(table.get(key), map.get(key))
          assert.equal(table.has(key), map.has(key))
        })
        const expected = [...map].toSorted(([one], [other]) => one - other)
        assert.deepEqual(table.entries(), expected)
        assert.deepEqual(
          table.values(),
          expected.map(([, value]) => value),
        )
      }),
      { numRuns: 500 },
    )
  })

  it('keeps entries that come and go one by one, as many calls one after the other do', () => {
    const table = new IdTable<number>()
    for (let i = 1; i <= 100_000; i++) {
      table.set(i, i)
      if (i > 64) assert.equal(table.delete(i - 64), true)
      assert.equal(table.size, Math.min(i, 64))
    }
    assert.deepEqual(
      table.values(),
      Array.from({ length: 64 }, (_, i) => 99_937 + i),
    )
  })

  it('keeps its room from one burst to the next like it, and gives it back after bursts that are small', () => {
    const table = new IdTable<number>()
    const burst = (calls: number): void => {
      for (let i = 1; i <= calls; i++) table.set(i, i)
      for (let i = 1; i <= calls; i++) table.delete(i)
    }
    burst(1_000)
    assert.equal(table.room, 1_024)
    for (let i = 0; i < 10; i++) burst(600)
    assert.equal(table.room, 1_024)
    for (let i = 0; i < 10; i++) burst(1)
    assert.ok(table.room <= 8)
  })

  it('gives a list that does not change while its entries are deleted', () => {
    const table = new IdTable<string>()
    for (const key of [3, 1, 2]) table.set(key, `call ${key}`)
    const seen: string[] = []
    for (const [key, value] of table.entries()) {
      table.delete(key)
      seen.push(value)
    }
    assert.deepEqual(seen, ['call 1', 'call 2', 'call 3'])
    assert.equal(table.size, 0)
  })
})
