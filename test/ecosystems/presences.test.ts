import assert from 'node:assert/strict'
import { Presences } from '../../ecosystems/presences.ts'

describe('who is at which device', () => {
  it('is known for as long as was said, of that person at that device', () => {
    const presences = new Presences({ bounds: { presences: 10 }, moved: () => undefined })
    presences.note('guest', 'door', { now: 0, until: 10_000 })
    assert.equal(presences.at('guest', 'door', 9_999), 10_000)
    assert.equal(presences.at('guest', 'door', 10_000), undefined)
    assert.equal(presences.at('guest', 'gate', 1), undefined)
    assert.equal(presences.at('owner', 'door', 1), undefined)
  })

  it('makes kept answers be looked at again, of that person alone', () => {
    let moved = 0
    const presences = new Presences({ bounds: { presences: 10 }, moved: () => (moved += 1) })
    presences.note('guest', 'door', { now: 0, until: 10_000 })
    presences.note('owner', 'door', { now: 0, until: 10_000 })
    const [guest, owner] = [presences.epochOf('guest'), presences.epochOf('owner')]
    const seen = [guest.value, owner.value]
    presences.note('guest', 'gate', { now: 1, until: 10_001 })
    assert.equal(moved, 3)
    assert.deepEqual([guest.value > (seen[0] ?? 0), owner.value], [true, seen[1]])
  })

  it('is bounded, until some are over', () => {
    const presences = new Presences({ bounds: { presences: 2 }, moved: () => undefined })
    presences.note('guest', 'door', { now: 0, until: 10_000 })
    presences.note('owner', 'door', { now: 1, until: 10_001 })
    // Whoever is there already may show it again.
    presences.note('guest', 'door', { now: 2, until: 10_002 })
    assert.throws(() => presences.note('guest', 'gate', { now: 3, until: 10_003 }), /presences:/)
    presences.note('guest', 'gate', { now: 10_001, until: 20_001 })
    assert.equal(presences.at('guest', 'gate', 10_002), 20_001)
  })
})
