import assert from 'node:assert/strict'
import type { DeviceActRow } from '../../ecosystems/store/store.ts'
import { House, refuses } from './house.ts'

const hourMs = 3_600_000

describe('delegations to devices', () => {
  let house: House

  const delegate = (more: object = {}): Promise<DeviceActRow> =>
    house.ecosystems.deviceActs.create({
      device: 'watch',
      person: 'friend',
      scopes: ['watch', 'user.friend.health.'],
      ttlMs: hourMs,
      ...more,
    })
  const reaching = (uri: string): string | undefined =>
    house.ecosystems.deviceActs.reaching('watch', 'friend', uri, house.clock.now())?.id

  beforeEach(async () => {
    house = await House.open({ bounds: { deviceActsPerParty: 3 } })
    await house.person('friend')
    await house.device('watch')
  })

  it('reach what their scopes name and what is below, at component boundaries', async () => {
    const { id } = await delegate()
    for (const uri of ['watch', 'watch.pulse', 'user.friend.health', 'user.friend.health.x.y'])
      assert.equal(reaching(uri), id, uri)
    for (const uri of ['watches.x', 'user.friend', 'user.friend.healthy', 'lamp.switch'])
      assert.equal(reaching(uri), undefined, uri)
  })

  it('are of one device and one person', async () => {
    await house.person('guest')
    await house.device('lamp')
    await delegate()
    const { deviceActs } = house.ecosystems
    const now = house.clock.now()
    assert.equal(deviceActs.reaching('lamp', 'friend', 'watch.x', now), undefined)
    assert.equal(deviceActs.reaching('watch', 'guest', 'watch.x', now), undefined)
  })

  it('end with their time', async () => {
    await delegate()
    house.clock.advance(hourMs - 1)
    assert.notEqual(reaching('watch.x'), undefined)
    house.clock.advance(1)
    assert.equal(reaching('watch.x'), undefined)
    assert.deepEqual(house.ecosystems.deviceActs.list(), [])
    assert.equal(house.ecosystems.deviceActs.list({}, true).length, 1)
  })

  it('are revoked at once, and stay so though the disk fails and after a restart', async () => {
    const { id } = await delegate()
    const epoch = house.ecosystems.deviceActs.epochOf('watch')
    const before = epoch.value
    house.store.broken = true
    await refuses(house.ecosystems.deviceActs.revoke(id), 'unavailable')
    assert.equal(reaching('watch.x'), undefined)
    assert.notEqual(epoch.value, before)
    house.store.broken = false
    await house.ecosystems.deviceActs.revoke(id)
    const again = await house.restarted()
    assert.deepEqual(again.deviceActs.list(), [])
    assert.equal(again.deviceActs.get(id)?.revokedAt, house.clock.now())
    await refuses(house.ecosystems.deviceActs.revoke('x'), 'not_found')
  })

  it('fall with the quarantine of their device, and do not come back with it', async () => {
    const { id } = await delegate()
    const { devices, deviceActs } = house.ecosystems
    const quarantined = devices.quarantine('watch', 'stolen')
    assert.equal(reaching('watch.x'), undefined)
    await quarantined
    await devices.release('watch')
    assert.equal(reaching('watch.x'), undefined)
    assert.notEqual(deviceActs.get(id)?.revokedAt, null)
    assert.deepEqual((await house.restarted()).deviceActs.list(), [])
  })

  it('can be revoked all at once, those of a person since a moment', async () => {
    const early = await delegate()
    house.clock.advance(1_000)
    const late = await delegate()
    const { deviceActs } = house.ecosystems
    assert.deepEqual(await deviceActs.revokeAllOf({ person: 'friend' }, house.clock.now()), [
      late.id,
    ])
    assert.deepEqual(
      deviceActs.list().map(({ id }) => id),
      [early.id],
    )
  })

  it('need a device, a person, scopes that are names and a time within bounds', async () => {
    await refuses(delegate({ device: 'x' }), 'not_found')
    await refuses(delegate({ person: 'x' }), 'not_found')
    for (const scopes of [[], [''], ['.'], ['a b'], ['a..b'], Array<string>(17).fill('a')])
      await refuses(delegate({ scopes }), 'invalid_argument', /^scopes/)
    for (const scope of ['wamp', 'latchkey.grant', 'latchkey'])
      await refuses(delegate({ scopes: [scope] }), 'invalid_argument', /cannot be delegated/)
    for (const ttlMs of [0, -1, 0.5, 367 * 24 * hourMs])
      await refuses(delegate({ ttlMs }), 'invalid_argument', /deviceActTtlMs/)
  })

  it('are so many of one party and no more, until some are over', async () => {
    for (let i = 0; i < 3; i++) await delegate()
    await refuses(delegate(), 'invalid_state', /deviceActsPerParty of watch/)
    house.clock.advance(hourMs)
    await delegate()
  })

  it('are so many in all, and of the ended only the last are shown', async () => {
    house = await House.open({ bounds: { deviceActs: 1, endedDeviceActs: 1 } })
    await house.person('friend')
    await house.device('watch')
    const first = await delegate()
    await refuses(delegate(), 'invalid_state', /deviceActs: there are 1/)
    await house.ecosystems.deviceActs.revoke(first.id)
    const second = await delegate()
    await house.ecosystems.deviceActs.revoke(second.id)
    assert.equal(house.ecosystems.deviceActs.get(first.id), undefined)
    assert.notEqual(house.ecosystems.deviceActs.get(second.id), undefined)
  })
})
