import assert from 'node:assert/strict'
import { SeenIds } from '../../federation/seen-ids.ts'
import { ManualClock } from '../support/manual-clock.ts'

describe('ids that have come', () => {
  let clock: ManualClock
  beforeEach(() => (clock = new ManualClock(1_000_000)))

  it('are known for as long as they are kept, and for a sixteenth longer at most', () => {
    const seen = new SeenIds({ clock, keepMs: 16_000, max: 10 })
    assert.equal(seen.note('a', '1'), 'fresh')
    clock.advance(15_999)
    assert.equal(seen.note('a', '1'), 'seen')
    assert.equal(seen.note('b', '1'), 'fresh')
    clock.advance(1_001)
    assert.equal(seen.note('a', '1'), 'fresh')
  })

  it('are never pushed out by newer ones: there is no room then, for that issuer', () => {
    const seen = new SeenIds({ clock, keepMs: 16_000, max: 2 })
    assert.deepEqual(
      ['1', '2', '3', '1'].map((id) => seen.note('a', id)),
      ['fresh', 'fresh', 'full', 'seen'],
    )
    assert.equal(seen.note('b', '1'), 'fresh')
    clock.advance(17_000)
    assert.equal(seen.note('a', '3'), 'fresh')
  })

  it('can be taken back', () => {
    const seen = new SeenIds({ clock, keepMs: 16_000, max: 2 })
    seen.note('a', '1')
    seen.forget('a', '1')
    assert.equal(seen.note('a', '1'), 'fresh')
  })

  it('stay known when the clock is set back', () => {
    const seen = new SeenIds({ clock, keepMs: 16_000, max: 10 })
    seen.note('a', '1')
    clock.advance(-5_000)
    assert.equal(seen.note('a', '1'), 'seen')
    assert.equal(seen.note('a', '2'), 'fresh')
    assert.equal(seen.note('a', '2'), 'seen')
  })
})
