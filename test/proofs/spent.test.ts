import assert from 'node:assert/strict'
import { ProofError } from '../../proofs/proof-error.ts'
import { Spent } from '../../proofs/spent.ts'

function problem(name: string) {
  return (error: unknown): boolean => error instanceof ProofError && error.problem === name
}

describe('what may be used once', () => {
  it('is refused a second time, whenever it says that it ends', () => {
    const spent = new Spent({ max: 10 })
    spent.spend('a', 30_000, 0)
    assert.throws(() => spent.spend('a', 30_000, 29_999), problem('replayed'))
    assert.throws(() => spent.spend('a', 90_000, 1), problem('replayed'))
    spent.spend('b', 30_000, 1)
  })

  it('is remembered until its end and not much longer', () => {
    const spent = new Spent({ max: 10, bucketMs: 1_000 })
    spent.spend('a', 30_500, 0)
    assert.throws(() => spent.spend('a', 30_500, 30_499), problem('replayed'))
    spent.spend('b', 60_000, 31_000)
    assert.equal(spent.size, 1)
  })

  it('is refused when no more can be remembered, and nothing is forgotten for it', () => {
    const spent = new Spent({ max: 2, bucketMs: 1_000 })
    spent.spend('a', 5_000, 0)
    spent.spend('b', 9_000, 0)
    assert.throws(() => spent.spend('c', 9_000, 0), problem('full'))
    assert.throws(() => spent.spend('a', 5_000, 0), problem('replayed'))
    spent.spend('c', 9_000, 6_000)
    assert.throws(() => spent.spend('b', 9_000, 6_000), problem('replayed'))
  })
})
