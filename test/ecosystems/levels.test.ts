import assert from 'node:assert/strict'
import type { ClassCapability } from '../../ecosystems/store/store.ts'
import { House, refuses } from './house.ts'

const ecosystem = 'home'

describe('the levels of a device', () => {
  let house: House

  beforeEach(async () => {
    house = await House.open()
  })

  const lamp = { device: 'lamp', uri: 'lamp.switch', action: 'call', ecosystem } as const

  it('ask for what the owner says, else for what the class says, else for none', async () => {
    const { devices } = house.ecosystems
    const row = await house.device('lamp')
    await devices.setLevel({ ...lamp, level: 1 })
    assert.deepEqual(devices.requirements(row, 'call', 'lamp.switch'), [
      { ecosystem, level: 1, conditions: {} },
    ])
    assert.deepEqual(devices.requirements(row, 'call', 'lamp.state'), [
      { ecosystem, level: 3, conditions: {} },
    ])
    for (const uri of ['lamp.other', 'lamp', 'lamp.', 'lamp.switch.x'])
      assert.deepEqual(devices.requirements(row, 'call', uri), [], uri)
    assert.deepEqual(devices.requirements(row, 'publish', 'lamp.switch'), [])
    const { devices: later } = await house.restarted()
    assert.deepEqual(later.requirements(row, 'call', 'lamp.switch'), [
      { ecosystem, level: 1, conditions: {} },
    ])
  })

  it('have them in each ecosystem apart', async () => {
    const { devices, directory } = house.ecosystems
    await directory.create({ id: 'car', realm: 'home' })
    await house.device('lamp')
    const row = await devices.admit('lamp', 'car')
    await devices.setLevel({ ...lamp, ecosystem: 'car', level: 7 })
    assert.deepEqual(devices.requirements(row, 'call', 'lamp.switch'), [
      { ecosystem: 'home', level: 3, conditions: {} },
      { ecosystem: 'car', level: 7, conditions: {} },
    ])
  })

  it('may name a pattern to subscribe to', async () => {
    const { devices } = house.ecosystems
    const row = await house.device('lamp')
    await devices.setLevel({
      ...lamp,
      uri: 'lamp.sensor.',
      action: 'subscribe',
      level: 2,
    })
    assert.deepEqual(devices.requirements(row, 'subscribe', 'lamp.sensor.'), [
      { ecosystem, level: 2, conditions: {} },
    ])
    await refuses(
      devices.setLevel({ ...lamp, uri: 'lamp.', level: 2 }),
      'invalid_argument',
      /^uri:/,
    )
  })

  it('become stricter at once and laxer when that is stored', async () => {
    const { devices } = house.ecosystems
    const row = await house.device('lamp')
    const level = () => devices.requirements(row, 'call', 'lamp.switch')[0]?.level
    let held = house.store.hold()
    let change = devices.setLevel({ ...lamp, level: 1 })
    await held
    assert.equal(level(), 1)
    house.store.release()
    await change
    assert.equal(level(), 1)

    held = house.store.hold()
    change = devices.setLevel({ ...lamp, level: 9 })
    await held
    assert.equal(level(), 1)
    house.store.release()
    await change
    assert.equal(level(), 9)
  })

  it('stay stricter when that cannot be stored, and as they were when laxer cannot', async () => {
    const { devices } = house.ecosystems
    const row = await house.device('lamp')
    const level = () => devices.requirements(row, 'call', 'lamp.switch')[0]?.level
    house.store.broken = true
    await refuses(devices.setLevel({ ...lamp, level: 9 }), 'unavailable')
    assert.equal(level(), 3)
    assert.equal(house.alarms.at(-1)?.code, 'change_not_stored')
    await refuses(devices.setLevel({ ...lamp, level: 2 }), 'unavailable')
    assert.equal(level(), 2)
    assert.equal(house.alarms.at(-1)?.code, 'revocation_not_stored')
    house.store.broken = false
    await devices.setLevel({ ...lamp, level: 5 })
    assert.equal(level(), 5)
  })

  it('that are not stored narrow what the class says, and open nothing that it shuts', async () => {
    const { classes, devices } = house.ecosystems
    const row = await house.device('lamp')
    const asked = () => devices.requirements(row, 'call', 'lamp.switch')
    const says = (terms: Omit<ClassCapability, 'verb' | 'action'>[]) =>
      classes.put({
        id: 'light',
        prefix: 'lamp',
        capabilities: terms.map((each) => ({ verb: 'switch', action: 'call', ...each })),
      })
    await says([{ level: 3, conditions: { approval: 'owner' } }])
    house.store.broken = true
    await refuses(devices.setLevel({ ...lamp, level: 2, conditions: {} }), 'unavailable')
    house.store.broken = false
    assert.deepEqual(asked(), [{ ecosystem, level: 2, conditions: { approval: 'owner' } }])
    await says([{ level: 1 }])
    assert.deepEqual(asked(), [{ ecosystem, level: 1, conditions: {} }])
    await says([{ level: 9 }])
    assert.deepEqual(asked(), [{ ecosystem, level: 2, conditions: {} }])
    await says([])
    assert.deepEqual(asked(), [])

    await devices.setLevel({ ...lamp, level: 2 })
    assert.deepEqual(asked(), [{ ecosystem, level: 2, conditions: {} }])
  })

  it('end as the last change says, whatever waits for what', async () => {
    const { devices } = house.ecosystems
    const row = await house.device('lamp')
    const held = house.store.hold()
    const changes = [9, 1, 4, 2, 6, 5].map((level) => devices.setLevel({ ...lamp, level }))
    await held
    assert.equal(devices.requirements(row, 'call', 'lamp.switch')[0]?.level, 1)
    house.store.release()
    await Promise.all(changes)
    assert.equal(devices.requirements(row, 'call', 'lamp.switch')[0]?.level, 5)
    const { devices: later } = await house.restarted()
    assert.equal(later.requirements(row, 'call', 'lamp.switch')[0]?.level, 5)
  })

  it('move the epoch of their device and of no other', async () => {
    const { devices } = house.ecosystems
    await house.device('lamp')
    await house.device('tv', { class: 'tv' })
    const [mine, other] = [devices.epochOf('lamp'), devices.epochOf('tv')]
    const seen = [mine.value, other.value]
    await devices.setLevel({ ...lamp, level: 1 })
    assert.notEqual(mine.value, seen[0])
    assert.equal(other.value, seen[1])
  })

  it('are for URIs of the device, in its ecosystems, from 1 to 99, so many and no more', async () => {
    house = await House.open({ bounds: { levelsPerDevice: 1 } })
    const { devices } = house.ecosystems
    await house.device('lamp')
    await refuses(devices.setLevel({ ...lamp, device: 'x', level: 1 }), 'not_found')
    await refuses(devices.setLevel({ ...lamp, uri: 'tv.play', level: 1 }), 'invalid_argument')
    await refuses(devices.setLevel({ ...lamp, ecosystem: 'x', level: 1 }), 'invalid_argument')
    await refuses(devices.setLevel({ ...lamp, level: 0 }), 'invalid_argument', /^level/)
    await refuses(
      devices.setLevel({ ...lamp, action: 'register' as 'call', level: 1 }),
      'invalid_argument',
      /^action/,
    )
    await devices.setLevel({ ...lamp, level: 1 })
    await refuses(
      devices.setLevel({ ...lamp, uri: 'lamp.other', level: 1 }),
      'invalid_state',
      /levelsPerDevice of lamp: there are 1/,
    )
    await devices.setLevel({ ...lamp, level: 2 })
  })
})
