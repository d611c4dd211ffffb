import assert from 'node:assert/strict'
import { levelOf } from './given.ts'
import { by, House, refuses } from './house.ts'

const guest = { kind: 'person', id: 'guest' } as const

describe('the end of an ecosystem', () => {
  let house: House

  beforeEach(async () => {
    house = await House.open()
    const { directory, groups, spans } = house.ecosystems
    await house.person('guest')
    await directory.create({ id: 'car', realm: 'home' })
    await directory.create({ id: 'life', realm: 'home' })
    await spans.span({ parent: 'life', child: 'home', levels: { 1: 1 } })
    await spans.span({ parent: 'life', child: 'car', levels: { 1: 1 } })
    await groups.create({ id: 'family', ecosystem: 'home', by })
    await groups.add('family', guest, by)
    await house.device('lamp', { ecosystems: ['home', 'car'] })
  })

  it('takes all that was in it along, at once and in one commit', async () => {
    const { closures, devices, directory, groups, spans } = house.ecosystems
    house.store.commits.length = 0
    const held = house.store.hold()
    const change = closures.close('home', { force: false })
    const check = (domain: typeof house.ecosystems): void => {
      assert.equal(domain.directory.get('home'), undefined)
      assert.deepEqual(
        domain.directory.list().map(({ id }) => id),
        ['car', 'life'],
      )
      assert.deepEqual(
        domain.spans.list().map(({ child }) => child),
        ['car'],
      )
      assert.deepEqual(domain.spans.above('home'), [])
      assert.deepEqual(domain.groups.of(guest), [])
      assert.equal(domain.groups.get('family'), undefined)
      const lamp = domain.devices.get('lamp')
      assert.ok(lamp !== undefined)
      assert.deepEqual(lamp.ecosystems, ['car'])
      assert.deepEqual(
        domain.devices.requirements(lamp, 'call', 'lamp.switch').map(({ ecosystem }) => ecosystem),
        ['car'],
      )
    }
    check(house.ecosystems)
    await held
    house.store.release()
    assert.equal((await change).status, 'deleted')
    check(house.ecosystems)
    check(await house.restarted())
    assert.deepEqual(house.store.commits, [
      ['ecosystem.put', 'ecosystemEdge.delete', 'group.put', 'device.put'],
    ])
    await refuses(closures.close('home', { force: true }), 'not_found', /no ecosystem "home"/)
    await refuses(directory.create({ id: 'home', realm: 'home' }), 'conflict', /or was/)
    await refuses(devices.admit('lamp', 'home'), 'not_found')
    await refuses(spans.span({ parent: 'life', child: 'home', levels: { 1: 1 } }), 'not_found')
    await refuses(groups.create({ ecosystem: 'home', by }), 'not_found')
  })

  it('is refused while devices are in no other, unless it is forced', async () => {
    const { closures, devices } = house.ecosystems
    await house.device('tv', { class: 'tv' })
    await refuses(closures.close('home', { force: false }), 'invalid_state', /1 devices \(tv\)/)
    assert.notEqual(house.ecosystems.directory.get('home'), undefined)
    await closures.close('home', { force: true })
    assert.deepEqual(devices.get('tv')?.ecosystems, [])
    assert.equal(devices.get('tv')?.status, 'new')
    assert.deepEqual((await house.restarted()).devices.get('tv')?.ecosystems, [])
  })

  it('leaves a device that nobody owns then nothing of what it was given as somebody’s', async () => {
    const { closures, devices, deviceActs, directory, grants, groups, shadows } = house.ecosystems
    await directory.create({ id: 'street', realm: 'home' })
    const tv = { kind: 'device', id: (await house.device('tv', { class: 'tv' })).id } as const
    await house.grant(tv.id, 3, { kind: 'device', ecosystem: 'street' })
    await house.grant('lamp', 3, { kind: 'device', ecosystem: 'street' })
    await groups.create({ id: 'things', ecosystem: 'street', by })
    await groups.add('things', tv, by)
    await deviceActs.create({ device: tv.id, person: 'guest', scopes: ['tv'], ttlMs: 60_000 })
    await shadows.setDesired(tv.id, { desired: { on: true }, by: 'person:guest' })
    await shadows.report(tv.id, { reported: { on: false } })
    const closing = closures.close('home', { force: true })
    const check = (domain: typeof house.ecosystems): void => {
      assert.equal(domain.devices.get(tv.id)?.status, 'new')
      assert.equal(levelOf(domain.grants, tv, 'street'), Infinity)
      assert.deepEqual(domain.groups.of(tv), [])
      assert.deepEqual(domain.deviceActs.list({ device: tv.id }), [])
      assert.equal(domain.shadows.pending(tv.id), undefined)
      const { desired, reported, desiredVersion } = domain.shadows.get(tv.id)
      assert.deepEqual([desired, reported], [{}, {}])
      assert.ok(desiredVersion > 1)
      // It is somebody's still, in the car.
      assert.equal(levelOf(domain.grants, { kind: 'device', id: 'lamp' }, 'street'), 3)
    }
    check(house.ecosystems)
    await closing
    check(await house.restarted())
    assert.deepEqual(devices.get(tv.id)?.owner, null)
    assert.equal(grants.list({ ecosystem: 'street' }).length, 1)
  })

  it('holds when it cannot be stored, and can be asked for again', async () => {
    const { closures, devices } = house.ecosystems
    house.store.broken = true
    await refuses(closures.close('home', { force: false }), 'unavailable')
    assert.equal(house.ecosystems.directory.get('home'), undefined)
    assert.deepEqual(devices.get('lamp')?.ecosystems, ['car'])
    house.store.broken = false
    await closures.close('home', { force: false })
    const again = await house.restarted()
    assert.equal(again.directory.get('home'), undefined)
    assert.deepEqual(again.devices.get('lamp')?.ecosystems, ['car'])
    assert.deepEqual(
      again.spans.list().map(({ child }) => child),
      ['car'],
    )
    assert.equal(again.groups.get('family'), undefined)
  })

  it('counts for devices that wait to be let in', async () => {
    const { closures, devices, directory } = house.ecosystems
    await directory.create({ id: 'street', realm: 'home' })
    const held = house.store.hold()
    const first = directory.create({ id: 'other', realm: 'home' })
    await held
    const admitted = refuses(devices.admit('lamp', 'street'), 'not_found')
    const closed = closures.close('street', { force: false })
    house.store.release()
    await Promise.all([first, admitted, closed])
    assert.deepEqual(devices.get('lamp')?.ecosystems, ['home', 'car'])
  })

  it('counts for devices that a code brings to it too late', async () => {
    const { closures, devices } = house.ecosystems
    const code = await house.code({ prefix: 'late' })
    const both = await house.code({ prefix: 'both', ecosystems: ['home', 'car'] })
    await closures.close('home', { force: false })
    await refuses(devices.enrol({ code, publicKey: '5b'.padEnd(64, '1') }), 'not_found')
    const late = await devices.enrol({ code: both, publicKey: '5b'.padEnd(64, '1') })
    assert.deepEqual(late.ecosystems, ['car'])
  })
})
