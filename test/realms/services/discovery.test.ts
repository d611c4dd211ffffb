import assert from 'node:assert/strict'
import { ecosystemAuthorizer } from '../../../authorizers/ecosystem.ts'
import { procedureUris, type DiscoveredDevice } from '../../../realms/uris.ts'
import { startHouse, type Caller, type House } from './house.ts'

const { discoveryList, capabilityAnnounce, capabilitySet, grantCreate, deviceAdmit } = procedureUris

describe('discovery', () => {
  let house: House
  beforeEach(async () => {
    house = await startHouse({ authorizer: (ecosystems) => ecosystemAuthorizer({ ecosystems }) })
  })
  afterEach(() => house.stop())

  const devices = async (caller: Caller, query = {}): Promise<readonly DiscoveredDevice[]> =>
    (await caller.call(discoveryList, query))['devices'] as DiscoveredDevice[]

  const verbs = async (caller: Caller, query = {}): Promise<Record<string, string[]>> =>
    Object.fromEntries(
      (await devices(caller, query)).map(({ device, capabilities }) => [
        device,
        capabilities.map(({ uri, action }) => `${action} ${uri}`),
      ]),
    )

  it('shows an owner everything, and a guest never what the guest may not use', async () => {
    assert.deepEqual(Object.keys(await verbs(await house.person('owner'))), [
      'lamp1',
      'safe1',
      'door1',
    ])
    const guest = await house.person('guest')
    const answer = await guest.call(discoveryList)
    assert.deepEqual(
      (answer['devices'] as DiscoveredDevice[]).map(({ device }) => device),
      ['lamp1', 'door1'],
    )
    assert.ok(!JSON.stringify(answer).includes('safe'))
  })

  it('shows nothing to strangers, nor across realms', async () => {
    assert.deepEqual(await devices(await house.person('stranger')), [])
    assert.deepEqual(await devices(await house.person('owner', 'realm2')), [])
  })

  it('shows everything to the operator', async () => {
    assert.equal((await devices(await house.operator())).length, 3)
  })

  it('tells of a device what it says of itself, and whether it is there', async () => {
    const lamp = await house.device('lamp1')
    await lamp.call(capabilityAnnounce, {
      attributes: { colour: 'warm' },
      capabilities: [
        { uri: 'lamp1.switch', action: 'call' },
        { uri: 'lamp1.explode', action: 'call' },
      ],
    })
    const [found] = await devices(await house.person('guest'), { class: 'light' })
    assert.deepEqual(found, {
      device: 'lamp1',
      class: 'light',
      prefix: 'lamp1',
      attributes: { colour: 'warm' },
      online: true,
      ecosystems: ['home'],
      // What no class and no owner gave a level is nobody's, whatever the device announces.
      capabilities: [{ uri: 'lamp1.switch', action: 'call' }],
    })
  })

  it('shows single verbs of a device by the level of each', async () => {
    const owner = await house.person('owner')
    const set = { device: 'lamp1', uri: 'lamp1.switch', action: 'call', ecosystem: 'home' }
    await owner.call(capabilitySet, { ...set, level: 2 })
    const guest = await verbs(await house.person('guest'), { class: 'light' })
    assert.deepEqual(guest, { lamp1: ['call lamp1.state', 'subscribe lamp1.on_change'] })
    const friend = await verbs(await house.person('friend'), { class: 'light' })
    assert.ok(friend['lamp1']?.includes('call lamp1.switch'))
  })

  it('shows a topic pattern that an owner gave a level', async () => {
    const owner = await house.person('owner')
    await owner.call(capabilitySet, {
      device: 'lamp1',
      uri: 'lamp1.',
      action: 'subscribe',
      ecosystem: 'home',
      level: 3,
    })
    const guest = await verbs(await house.person('guest'), { class: 'light' })
    assert.ok(guest['lamp1']?.includes('subscribe lamp1.'))
  })

  it('follows grants, revocations and quarantine at once', async () => {
    const owner = await house.person('owner')
    const stranger = await house.person('stranger')
    assert.deepEqual(await devices(stranger), [])
    const { id } = await owner.call(grantCreate, { to: 'stranger', ecosystem: 'home', level: 3 })
    assert.equal((await devices(stranger)).length, 2)
    await owner.call(procedureUris.deviceQuarantine, { device: 'lamp1' })
    await owner.call(procedureUris.grantRevoke, { id })
    assert.deepEqual(await devices(stranger), [])
  })

  it('is narrowed by ecosystem and class', async () => {
    const operator = await house.operator()
    await operator.call(deviceAdmit, { device: 'door1', ecosystem: 'car' })
    assert.deepEqual(Object.keys(await verbs(operator, { ecosystem: 'car' })), ['door1'])
    assert.deepEqual(Object.keys(await verbs(await house.person('driver'))), ['door1'])
    assert.equal(
      (await operator.refusal(discoveryList, { class: '' })).uri,
      'wamp.error.invalid_argument',
    )
  })

  it('does not tell in which other ecosystems a device is', async () => {
    const operator = await house.operator()
    await operator.call(deviceAdmit, { device: 'lamp1', ecosystem: 'car' })
    const guest = await house.person('guest')
    const [lamp] = await devices(guest, { class: 'light' })
    assert.deepEqual(lamp?.ecosystems, ['home'])
    assert.deepEqual(await devices(guest, { ecosystem: 'car' }), [])
    assert.deepEqual((await devices(operator, { class: 'light' }))[0]?.ecosystems, ['home', 'car'])
  })

  it('leaves no record', async () => {
    await devices(await house.person('guest'))
    assert.deepEqual(
      (await house.records()).filter(({ outcome }) => outcome === 'deny'),
      [],
    )
  })
})
