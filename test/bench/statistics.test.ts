import assert from 'node:assert/strict'
import fc from 'fast-check'
import { median, medianInterval } from '../../bench/statistics.ts'

const values = fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { maxLength: 60 })
const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i + 1)

describe('The statistics of the bench', () => {
  it('take the middle value, or the mean of the two in the middle', () => {
    assert.equal(median([3, 1, 2]), 2)
    assert.equal(median([4, 1, 3, 2]), 2.5)
    assert.equal(median([7]), 7)
    assert.ok(Number.isNaN(median([])))
  })

  it('enclose the median of 15 values by the 4th and the 12th, of 5 by all of them, as the sign test says', () => {
    assert.deepEqual(medianInterval(upTo(15)), { from: 4, to: 12 })
    assert.deepEqual(medianInterval(upTo(5)), { from: 1, to: 5 })
    assert.deepEqual(medianInterval(upTo(20)), { from: 6, to: 15 })
    assert.deepEqual(medianInterval(upTo(15), 0.99), { from: 3, to: 13 })
  })

  it('say nothing about so few values that not even their range is sure enough', () => {
    for (const n of [0, 1, 2, 3, 4]) assert.equal(medianInterval(upTo(n)), undefined)
    assert.equal(medianInterval(upTo(6), 0.99), undefined)
  })

  it('do not depend on the order of the values, and enclose their median', () => {
    fc.assert(
      fc.property(values, (all) => {
        const turned = all.toReversed()
        assert.deepEqual(medianInterval(turned), medianInterval(all))
        assert.deepEqual(median(turned), median(all))
        const interval = medianInterval(all)
        if (interval === undefined) return assert.ok(all.length < 5)
        const middle = median(all)
        assert.ok(interval.from <= middle && middle <= interval.to)
      }),
    )
  })

  it('hold what they promise: 90 of 100 intervals and more have the true median in them', () => {
    // A generator of its own, so that the test is the same each time (Numerical Recipes' constants).
    let state = 1
    const random = (): number => (state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32) / 2 ** 32
    let enclosed = 0
    for (let i = 0; i < 2_000; i++) {
      // Skewed on purpose: the median of the squares of uniform values is a quarter.
      const interval = medianInterval(upTo(15).map(() => random() ** 2))
      if (interval !== undefined && interval.from <= 0.25 && 0.25 <= interval.to) enclosed++
    }
    assert.ok(enclosed / 2_000 >= 0.9, `${enclosed} of 2,000`)
  })
})
