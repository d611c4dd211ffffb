import assert from 'node:assert/strict'
import type { Gift, Permit } from '../../ecosystems/gift.ts'
import type { NewGrant } from '../../ecosystems/grant-terms.ts'
import { by, House } from './house.ts'

const person = (id: string): { kind: 'person'; id: string } => ({ kind: 'person', id })

describe('what somebody may give', () => {
  let house: House

  beforeEach(async () => {
    house = await House.open()
    for (const id of ['owner', 'guest']) await house.person(id)
    await house.device('lamp')
  })

  const has = (id: string, level: number, more: Partial<NewGrant> = {}): Promise<{ id: string }> =>
    house.ecosystems.grants.create({ subject: person(id), ecosystem: 'home', level, by, ...more })

  const asked = (id: string, gift: Partial<Gift>, cap = 1): Permit =>
    house.ecosystems.grants.mayGive(
      { subject: person(id), cap },
      { ecosystem: 'home', level: 3, ...gift },
    )

  /** `yes`, `no`, or what goes too far. */
  const may = (id: string, gift: Partial<Gift>, cap = 1): string => {
    const permit = asked(id, gift, cap)
    if (permit === undefined) return 'no'
    return 'parent' in permit ? 'yes' : (permit.refusal.message.split(':')[0] ?? '')
  }

  it('is nothing without a grant, below one’s level, or where it may not be given on', async () => {
    assert.equal(may('guest', {}), 'no')
    await has('guest', 3)
    assert.equal(may('guest', { level: 9 }), 'no')
    await has('guest', 4, { delegable: 1 })
    assert.equal(may('guest', { level: 3 }), 'no')
    assert.equal(may('guest', { level: 4 }), 'yes')
  })

  it('is everything at level 1, within what the session’s proof is good for', async () => {
    const { id } = await has('owner', 1)
    const permit = asked('owner', { level: 1, delegable: 7 })
    assert.ok(permit !== undefined && 'parent' in permit)
    assert.equal(permit.parent.id, id)
    assert.equal(may('owner', { level: 2 }, 2), 'no')
    assert.equal(may('owner', { effect: 'deny', uri: 'lamp.switch' }), 'yes')
    assert.equal(may('owner', { effect: 'allow', uri: 'lamp.switch' }), 'yes')
  })

  it('is no more than the object, the actions, the time and the uses of the own grant', async () => {
    const expiresAt = house.clock.now() + 1_000
    const schedule = 'sat 10:00-18:00 UTC'
    await has('guest', 3, {
      delegable: 2,
      uri: 'lamp.',
      actions: ['call'],
      expiresAt,
      uses: { 'lamp.switch': 2 },
    })
    const within: Partial<Gift> = {
      uri: 'lamp.switch',
      actions: ['call'],
      expiresAt,
      uses: { 'lamp.switch': 2 },
    }
    assert.equal(may('guest', within), 'yes')
    assert.equal(may('guest', { ...within, uri: null }), 'no')
    assert.equal(may('guest', { ...within, uri: 'lamp2.switch' }), 'no')
    assert.equal(may('guest', { ...within, actions: null }), 'no')
    assert.equal(may('guest', { ...within, actions: ['call', 'publish'] }), 'no')
    assert.equal(may('guest', { ...within, expiresAt: null }), 'expires')
    assert.equal(may('guest', { ...within, expiresAt: expiresAt + 1 }), 'expires')
    assert.equal(may('guest', { ...within, uses: null }), 'uses.lamp.switch')
    assert.equal(may('guest', { ...within, uses: { 'lamp.switch': 3 } }), 'uses.lamp.switch')
    assert.equal(may('guest', { ...within, delegable: 2 }), 'delegable')
    assert.equal(may('guest', { ...within, delegable: 1 }), 'yes')
    await has('owner', 1, { schedule: 'daily 00:00-24:00 UTC' })
    assert.equal(may('owner', {}), 'schedule')
    assert.equal(may('owner', { schedule: 'nonsense' }), 'schedule')
    assert.equal(may('owner', { schedule }), 'yes')
  })

  it('is only of the device, and no word of allowing or forbidding that one has not got', async () => {
    await has('guest', 3, { device: 'lamp', delegable: 1 })
    assert.equal(may('guest', { device: 'lamp' }), 'yes')
    assert.equal(may('guest', {}), 'no')
    assert.equal(may('guest', { device: 'lamp', effect: 'deny' }), 'no')
    assert.equal(may('guest', { device: 'lamp', effect: 'allow' }), 'no')
    await has('guest', 99, { effect: 'allow', uri: 'safe.open', delegable: 1 })
    assert.equal(may('guest', { effect: 'allow', uri: 'safe.open', level: 99 }), 'yes')
    // At level 1 nobody would be asked for the owner's word.
    assert.equal(may('guest', { effect: 'allow', uri: 'safe.open', level: 1 }), 'no')
    assert.equal(may('guest', { effect: 'allow', uri: 'safe.open', level: 99 }, 2), 'no')
    assert.equal(may('guest', { effect: 'level', uri: 'safe.open', level: 99 }), 'no')
  })

  it('is nothing that one is kept from oneself, unless at level 1', async () => {
    await has('guest', 3, { delegable: 1 })
    await has('guest', 99, { effect: 'deny', uri: 'lamp.switch' })
    assert.equal(may('guest', {}), 'no')
    assert.equal(may('guest', { uri: 'lamp.' }), 'no')
    assert.equal(may('guest', { uri: 'door.unlock' }), 'yes')
    await has('owner', 1)
    await has('owner', 99, { effect: 'deny', uri: 'lamp.switch' })
    assert.equal(may('owner', {}), 'yes')
    await has('owner', 99, { effect: 'deny' })
    assert.equal(may('owner', {}), 'no')
    assert.equal(may('owner', { uri: 'door.unlock', level: 1 }), 'no')
  })

  it('is nothing that one is kept from, at level 1 for that alone', async () => {
    await has('guest', 1, { uri: 'safe.' })
    assert.equal(may('guest', { uri: 'safe.open', level: 1 }), 'yes')
    assert.equal(may('guest', { uri: 'safe.open', effect: 'deny' }), 'no')
    await has('guest', 99, { effect: 'deny', uri: 'safe.open' })
    assert.equal(may('guest', { uri: 'safe.open', level: 1 }), 'no')
    assert.equal(may('guest', { uri: 'safe.state', level: 1 }), 'yes')
  })

  it('is nothing when one’s own grant does not count now', async () => {
    const { id } = await has('guest', 3, { delegable: 1, notBefore: house.clock.now() + 1 })
    assert.equal(may('guest', {}), 'no')
    house.clock.advance(1)
    assert.equal(may('guest', {}), 'yes')
    await house.ecosystems.grants.suspend(id)
    assert.equal(may('guest', {}), 'no')
  })

  it('goes through so many hands and no more', async () => {
    house = await House.open({ bounds: { chainDepth: 2 } })
    await house.person('owner')
    const root = await has('owner', 1)
    assert.equal(may('owner', { delegable: 1 }), 'yes')
    assert.equal(may('owner', { delegable: 2 }), 'delegable')
    const one = await has('owner', 1, { parent: root.id, by: 'person:owner' })
    await house.ecosystems.grants.create({
      subject: person('owner'),
      ecosystem: 'home',
      level: 1,
      parent: one.id,
      by: 'person:owner',
    })
    await house.ecosystems.grants.suspend(root.id)
    assert.equal(may('owner', {}), 'no')
  })
})
