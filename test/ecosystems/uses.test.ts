import assert from 'node:assert/strict'
import type { Ecosystems } from '../../ecosystems/ecosystems.ts'
import { StoreConflict, type GrantRow } from '../../ecosystems/store/store.ts'
import { by, House, refuses } from './house.ts'

const subject = { kind: 'person', id: 'guest' } as const
const home = { ecosystem: 'home', level: 3, by }

describe('uses of a grant', () => {
  let house: House

  beforeEach(async () => {
    house = await House.open()
    await house.person('guest')
    await house.device('lamp')
  })

  const given = (uses: Record<string, number>, more: object = {}): Promise<GrantRow> =>
    house.ecosystems.grants.create({ subject, ...home, uses, ...more })

  function active(domain: Ecosystems, uri: string, action: 'call' | 'subscribe' = 'call'): number {
    const sought = { subject, ecosystem: 'home', uri, match: 'exact', action } as const
    return domain.holdings.held(sought, house.clock.now(), () => undefined).active.length
  }

  it('are counted for the URIs that are named, and no others', async () => {
    const grant = await given({ 'lamp.switch': 2 })
    const { uses } = house.ecosystems
    assert.ok(uses.counts(grant, 'lamp.switch'))
    assert.ok(!uses.counts(grant, 'lamp.state'))
    await uses.take(grant, 'lamp.switch')
    await uses.take(grant, 'lamp.switch')
    await refuses(uses.take(grant, 'lamp.switch'), 'invalid_state', /used up for lamp\.switch/)
    assert.deepEqual(uses.usedOf(grant), { 'lamp.switch': 2 })
    assert.equal(active(house.ecosystems, 'lamp.switch'), 0)
    assert.equal(active(house.ecosystems, 'lamp.state'), 1)
  })

  it('are counted all together where * says so, besides the named ones', async () => {
    const grant = await given({ '*': 3, 'lamp.switch': 1 })
    const { uses } = house.ecosystems
    await uses.take(grant, 'lamp.switch')
    await refuses(uses.take(grant, 'lamp.switch'), 'invalid_state')
    await uses.take(grant, 'lamp.state')
    await uses.take(grant, 'lamp.state')
    await refuses(uses.take(grant, 'lamp.state'), 'invalid_state')
  })

  it('give no subscription to what they count', async () => {
    await given({ 'lamp.on_change': 5 })
    assert.equal(active(house.ecosystems, 'lamp.on_change', 'subscribe'), 0)
    assert.equal(active(house.ecosystems, 'lamp.on_other', 'subscribe'), 1)
  })

  it('are taken once each, however many come at once, and stay taken after a restart', async () => {
    const grant = await given({ 'lamp.switch': 1 })
    const { uses } = house.ecosystems
    const taken = await Promise.allSettled(
      Array.from({ length: 50 }, () => uses.take(grant, 'lamp.switch')),
    )
    assert.equal(taken.filter(({ status }) => status === 'fulfilled').length, 1)
    const later = await house.restarted()
    await refuses(later.uses.take(grant, 'lamp.switch'), 'invalid_state')
    assert.equal(active(later, 'lamp.switch'), 0)
  })

  it('are given back when they were certainly not stored, and whoever was told no may ask again', async () => {
    const grant = await given({ 'lamp.switch': 1 })
    const { uses, grants } = house.ecosystems
    const epoch = grants.epochOf(subject)
    const seen = epoch.value
    const conflict = house.store.commit.bind(house.store)
    house.store.commit = () => Promise.reject(new StoreConflict('elsewhere'))
    await refuses(uses.take(grant, 'lamp.switch'), 'conflict')
    house.store.commit = conflict
    assert.notEqual(epoch.value, seen)
    await uses.take(grant, 'lamp.switch')
  })

  it('are not given back when they may have been stored', async () => {
    const grant = await given({ 'lamp.switch': 1 })
    const { uses } = house.ecosystems
    house.store.broken = true
    await refuses(uses.take(grant, 'lamp.switch'), 'unavailable')
    house.store.broken = false
    await refuses(uses.take(grant, 'lamp.switch'), 'invalid_state')
  })

  it('move nothing that the call itself rests on', async () => {
    const grant = await given({ 'lamp.switch': 2 })
    const epoch = house.ecosystems.grants.epochOf(subject)
    const seen = epoch.value
    await house.ecosystems.uses.take(grant, 'lamp.switch')
    assert.equal(epoch.value, seen)
  })

  it('are so many, of so many URIs, and whole', async () => {
    for (const uses of [
      {},
      { 'lamp.switch': 0 },
      { 'lamp.switch': 1.5 },
      { 'lamp.': 1 },
      { '': 1 },
    ])
      await refuses(given(uses), 'invalid_argument', /^uses/)
    const many = Object.fromEntries(Array.from({ length: 33 }, (_, i) => [`lamp.a${i}`, 1]))
    await refuses(given(many), 'invalid_argument', /usesPerGrant/)
  })
})
