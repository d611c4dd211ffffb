import assert from 'node:assert/strict'
import { TokenBucket } from '../../router/token-bucket.ts'
import { ManualClock } from '../support/manual-clock.ts'

describe('TokenBucket', () => {
  const takeAll = (bucket: TokenBucket): number => {
    let taken = 0
    while (bucket.take()) taken++
    return taken
  }

  it('gives a second’s tokens at once, and then so many in a second', () => {
    const clock = new ManualClock()
    const bucket = new TokenBucket(100, clock)
    assert.equal(takeAll(bucket), 100)
    clock.advance(100)
    assert.equal(takeAll(bucket), 10)
    clock.advance(50)
    assert.equal(takeAll(bucket), 5)
    clock.advance(10_000)
    assert.equal(takeAll(bucket), 100)
  })

  it('gives parts of a token when they have become a whole one', () => {
    const clock = new ManualClock()
    const bucket = new TokenBucket(3, clock)
    takeAll(bucket)
    clock.advance(200)
    assert.equal(bucket.take(), false)
    clock.advance(200)
    assert.equal(bucket.take(), true)
    assert.equal(bucket.take(), false)
  })

  it('says how long until it is worth to go on', () => {
    const clock = new ManualClock()
    for (const [perSecond, ms] of [
      [1_000, 100],
      [100, 100],
      [10, 100],
      [2, 500],
      [1, 1_000],
    ] as const) {
      const bucket = new TokenBucket(perSecond, clock)
      takeAll(bucket)
      assert.equal(bucket.refillMs, ms)
      clock.advance(bucket.refillMs)
      assert(takeAll(bucket) >= 1)
    }
  })

  it('reads the clock only when it is empty', () => {
    let reads = 0
    const clock = { now: () => reads++, elapsed: () => 0, after: () => () => undefined }
    const bucket = new TokenBucket(1_000, clock)
    for (let i = 0; i < 1_000; i++) bucket.take()
    assert.equal(reads, 1)
  })

  it('loses nothing to a clock that is set back', () => {
    let now = 10_000
    const bucket = new TokenBucket(10, {
      now: () => now,
      elapsed: () => now,
      after: () => () => undefined,
    })
    takeAll(bucket)
    now = 0
    assert.equal(takeAll(bucket), 0)
    now = 500
    assert.equal(takeAll(bucket), 5)
  })

  it('of no bound never runs dry', () => {
    const bucket = new TokenBucket(Infinity, new ManualClock())
    for (let i = 0; i < 10_000; i++) assert.equal(bucket.take(), true)
  })
})
