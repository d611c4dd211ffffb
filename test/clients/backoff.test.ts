import assert from 'node:assert/strict'
import { Backoff } from '../../clients/backoff.ts'

function waits(random: number, count: number): (number | undefined)[] {
  const backoff = new Backoff({ random: () => random })
  return Array.from({ length: count }, () => backoff.fail())
}

describe('backoff', () => {
  it('never waits less than 0.5 s nor more than 30 s', () => {
    assert.deepEqual(
      waits(0, 9),
      Array.from({ length: 9 }, () => 500),
    )
    for (const wait of waits(0.999_999, 2_000)) assert.ok(wait !== undefined && wait <= 30_000)
  })

  it('doubles the most it may wait with every failure', () => {
    const most = waits(1, 8)
    assert.deepEqual(most, [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000])
  })

  it('spreads out the first wait already, so that a house does not come back all at once', () => {
    const drawn = new Set(Array.from({ length: 50 }, () => new Backoff().fail()))
    assert.ok(drawn.size > 40)
  })

  it('ends where attempts are counted, and begins anew after a reset', () => {
    const backoff = new Backoff({ attempts: 1, random: () => 0 })
    assert.equal(backoff.fail(), 500)
    assert.equal(backoff.fail(), undefined)
    backoff.reset()
    assert.equal(backoff.fail(), 500)
  })

  it('names bounds that cannot be', () => {
    assert.throws(
      () => new Backoff({ shortestMs: 100, longestMs: 10 }),
      /shortestMs is 100 and longestMs 10/,
    )
    assert.throws(() => new Backoff({ shortestMs: 0 }), /0 < shortestMs/)
  })
})
