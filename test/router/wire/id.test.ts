import assert from 'node:assert/strict'
import { isId, maxId, randomId, Sequence } from '../../../router/wire/id.ts'

describe('an id', () => {
  it('is an integer from 1 to 2^53', () => {
    for (const id of [1, 2, maxId - 1, maxId]) assert.equal(isId(id), true)
    for (const wrong of [0, -1, 1.5, NaN, Infinity, maxId + 2, '1', 1n, null, undefined]) {
      assert.equal(isId(wrong), false)
    }
  })

  it('of the global scope is drawn from all of them', () => {
    const ids = Array.from({ length: 20_000 }, () => randomId())
    assert.ok(ids.every(isId))
    assert.equal(new Set(ids).size, ids.length)
    // Each half of the range, and within it each half, has its share.
    for (let quarter = 0; quarter < 4; quarter++) {
      const share = ids.filter((id) => Math.floor((id - 1) / (maxId / 4)) === quarter).length
      assert.ok(share > 4000 && share < 6000, `${share} of 20,000 are in quarter ${quarter}`)
    }
    assert.ok(ids.some((id) => id % 2 === 0) && ids.some((id) => id % 2 === 1))
  })

  it('of the session scope counts from 1', () => {
    const sequence = new Sequence()
    assert.equal(sequence.last, 0)
    assert.deepEqual([sequence.next(), sequence.next(), sequence.next()], [1, 2, 3])
    assert.equal(sequence.last, 3)
  })
})
