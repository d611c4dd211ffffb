import assert from 'node:assert/strict'
import { procedureUris } from '../../../realms/uris.ts'
import { startHouse, type Caller, type House } from './house.ts'

const {
  deviceList,
  deviceEnrol,
  deviceQuarantine,
  deviceRelease,
  deviceAdmit,
  capabilityAnnounce,
  capabilitySet,
  provisioningTokenCreate,
} = procedureUris

const denied = 'wamp.error.not_authorized'
const key = (digit: string): string => digit.repeat(64)

describe('provisioning codes', () => {
  let house: House
  beforeEach(async () => {
    house = await startHouse()
  })
  afterEach(() => house.stop())

  it('are made by owners, as many as asked for, and known by their hash alone', async () => {
    const owner = await house.person('owner')
    const result = await owner.call(provisioningTokenCreate, {
      ecosystem: 'home',
      class: 'light',
      count: 3,
      ttl: '2h',
    })
    const codes = result['codes'] as string[]
    assert.equal(new Set(codes).size, 3)
    assert.equal(result['expires_at'], house.clock.now() + 2 * 3_600_000)
    assert.ok(!JSON.stringify(await house.records()).includes(codes[0] ?? ''))
  })

  it('are one if not said otherwise', async () => {
    const owner = await house.person('owner')
    const { codes } = await owner.call(provisioningTokenCreate, { ecosystem: 'home', class: 'tv' })
    assert.equal((codes as string[]).length, 1)
  })

  it('for several ecosystems need level 1 in each', async () => {
    const both = { ecosystem: ['home', 'car'], class: 'light' }
    assert.equal(
      (await (await house.person('owner')).refusal(provisioningTokenCreate, both)).uri,
      denied,
    )
    const operator = await house.operator()
    const { codes } = await operator.call(provisioningTokenCreate, both)
    const device = await house.enrol((codes as string[])[0] ?? '')
    assert.deepEqual(device.ecosystems, ['home', 'car'])
  })

  it('are not made by guests, nor for what is not there', async () => {
    const order = { ecosystem: 'home', class: 'light' }
    assert.equal(
      (await (await house.person('guest')).refusal(provisioningTokenCreate, order)).uri,
      denied,
    )
    const operator = await house.operator()
    for (const wrong of [
      { ...order, ecosystem: 'office' },
      { ...order, ecosystem: 'nothing' },
      { ...order, class: 'nothing' },
    ])
      assert.equal(
        (await operator.refusal(provisioningTokenCreate, wrong)).uri,
        'latchkey.error.not_found',
      )
  })

  it('are refused with counts, prefixes and times that make no sense', async () => {
    const operator = await house.operator()
    for (const wrong of [
      { count: 0 },
      { count: 1_001 },
      { prefix: 'latchkey.x' },
      { prefix: 'lamp', count: 2 },
      { ttl: '0s' },
      { ttl: 60 },
      { ttl: '99999d' },
      { ecosystem: [] },
    ])
      assert.equal(
        (
          await operator.refusal(provisioningTokenCreate, {
            ecosystem: 'home',
            class: 'light',
            ...wrong,
          })
        ).uri,
        'wamp.error.invalid_argument',
        JSON.stringify(wrong),
      )
  })
})

describe('enrolment', () => {
  let house: House
  let code: string
  beforeEach(async () => {
    house = await startHouse()
    const { codes } = await (
      await house.operator()
    ).call(provisioningTokenCreate, { ecosystem: 'home', class: 'light' })
    code = (codes as string[])[0] ?? ''
  })
  afterEach(() => house.stop())

  it('makes a device of a code and a key', async () => {
    const newcomer = await house.as('provisioning')
    const attributes = { maker: 'Acme', model: 'A19' }
    assert.deepEqual(await newcomer.call(deviceEnrol, { code, public_key: key('a'), attributes }), {
      id: 'lamp2',
      realm: 'realm1',
      class: 'light',
      prefix: 'lamp2',
      ecosystems: ['home'],
      status: 'active',
    })
    assert.deepEqual(house.ecosystems.devices.get('lamp2')?.attributes, attributes)
    assert.equal((await house.records())[0]?.['target'], 'lamp2')
  })

  it('happens once a code, and with an unknown code never', async () => {
    const newcomer = await house.as('provisioning')
    await newcomer.call(deviceEnrol, { code, public_key: key('a') })
    for (const bad of [code, 'lk_unknown'])
      assert.equal(
        (await newcomer.refusal(deviceEnrol, { code: bad, public_key: key('b') })).uri,
        'wamp.error.authentication_denied',
      )
  })

  it('happens once when many come with one code at the same time', async () => {
    const newcomers = await Promise.all(Array.from({ length: 20 }, () => house.as('provisioning')))
    const outcomes = await Promise.allSettled(
      newcomers.map((newcomer, index) =>
        newcomer.call(deviceEnrol, {
          code,
          public_key: index.toString(16).padStart(64, '0'),
        }),
      ),
    )
    assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1)
    assert.equal(house.ecosystems.devices.list('realm1').length, 4)
  })

  it('does not take a code of another realm', async () => {
    const newcomer = await house.as('provisioning', 'provisioning', 'realm2')
    assert.equal(
      (await newcomer.refusal(deviceEnrol, { code, public_key: key('a') })).uri,
      'wamp.error.authentication_denied',
    )
  })

  it('is for nobody but who came with a code', async () => {
    for (const caller of [await house.person('owner'), await house.operator()])
      assert.equal((await caller.refusal(deviceEnrol, { code, public_key: key('a') })).uri, denied)
  })

  it('needs a key', async () => {
    const newcomer = await house.as('provisioning')
    assert.deepEqual(await newcomer.refusal(deviceEnrol, { code, public_key: 'A'.repeat(64) }), {
      uri: 'wamp.error.invalid_argument',
      message: `public_key: found "${'A'.repeat(59)}…, allowed is 64 of 0 to 9 and a to f`,
    })
  })
})

describe('devices', () => {
  let house: House
  let owner: Caller
  let guest: Caller
  let operator: Caller
  beforeEach(async () => {
    house = await startHouse()
    owner = await house.person('owner')
    guest = await house.person('guest')
    operator = await house.operator()
  })
  afterEach(() => house.stop())

  const listed = async (caller: Caller, query = {}): Promise<{ id: string; online: boolean }[]> =>
    (await caller.call(deviceList, query))['devices'] as { id: string; online: boolean }[]

  it('are listed to owners and the operator, with who is online', async () => {
    await house.device('lamp1')
    for (const caller of [owner, operator])
      assert.deepEqual(
        (await listed(caller)).map(({ id, online }) => [id, online]),
        [
          ['lamp1', true],
          ['safe1', false],
          ['door1', false],
        ],
      )
    for (const caller of [guest, await house.operator('realm2')])
      assert.deepEqual(await listed(caller), [])
  })

  it('are listed by ecosystem and class', async () => {
    assert.deepEqual(
      (await listed(owner, { class: 'safe' })).map(({ id }) => id),
      ['safe1'],
    )
    assert.deepEqual(await listed(owner, { ecosystem: 'car' }), [])
    assert.equal((await owner.refusal(deviceList, { class: 7 })).uri, 'wamp.error.invalid_argument')
  })

  it('do not tell an owner in which ecosystems of others they are', async () => {
    await house.ecosystems.devices.admit('lamp1', 'car')
    const ecosystemsOf = async (caller: Caller, query = {}): Promise<unknown[]> =>
      (await listed(caller, { class: 'light', ...query })).map((row) =>
        'ecosystems' in row ? row.ecosystems : undefined,
      )
    assert.deepEqual(await ecosystemsOf(owner), [['home']])
    assert.deepEqual(await ecosystemsOf(await house.person('driver')), [['car']])
    assert.deepEqual(await ecosystemsOf(operator), [['home', 'car']])
    assert.deepEqual(await ecosystemsOf(owner, { ecosystem: 'car' }), [])
    const stopped = await owner.call(deviceQuarantine, { device: 'lamp1' })
    assert.deepEqual(stopped['ecosystems'], ['home'])
  })

  it('are quarantined by an owner and released again', async () => {
    const fallen: unknown[] = []
    house.ecosystems.onFallen((subject) => fallen.push(subject))
    const quarantined = await owner.call(deviceQuarantine, { device: 'lamp1', reason: 'smoke' })
    assert.equal(quarantined['status'], 'quarantined')
    assert.deepEqual(fallen, [{ kind: 'device', id: 'lamp1', reason: 'smoke' }])
    assert.equal((await owner.call(deviceRelease, { device: 'lamp1' }))['status'], 'active')
  })

  it('are neither quarantined nor released by others', async () => {
    for (const caller of [guest, await house.person('driver'), await house.device('safe1')])
      for (const uri of [deviceQuarantine, deviceRelease])
        assert.equal((await caller.refusal(uri, { device: 'lamp1' })).uri, denied)
    for (const uri of [deviceQuarantine, deviceRelease])
      assert.equal(
        (await (await house.operator('realm2')).refusal(uri, { device: 'lamp1' })).uri,
        'latchkey.error.not_found',
      )
    assert.equal(
      (await owner.refusal(deviceQuarantine, { device: 'lamp1', reason: '\u001b[2J' })).uri,
      'wamp.error.invalid_argument',
    )
  })

  it('in two ecosystems are stopped by either owner, and let go by both only', async () => {
    await operator.call(deviceAdmit, { device: 'lamp1', ecosystem: 'car' })
    const driver = await house.person('driver')
    await driver.call(deviceQuarantine, { device: 'lamp1' })
    assert.equal((await driver.refusal(deviceRelease, { device: 'lamp1' })).uri, denied)
    await operator.call(deviceRelease, { device: 'lamp1' })
    assert.equal(house.ecosystems.devices.get('lamp1')?.status, 'active')
  })

  it('are not pulled into an ecosystem by its owner alone', async () => {
    const driver = await house.person('driver')
    const pull = { device: 'safe1', ecosystem: 'car' }
    assert.equal((await driver.refusal(deviceAdmit, pull)).uri, denied)
    assert.equal((await owner.refusal(deviceAdmit, pull)).uri, denied)
    assert.equal((await driver.refusal(deviceAdmit, { ...pull, device: 'nothing' })).uri, denied)
    await operator.call(procedureUris.grantCreate, { to: 'owner', ecosystem: 'car', level: 1 })
    assert.deepEqual((await owner.call(deviceAdmit, pull))['ecosystems'], ['home', 'car'])
    for (const wrong of [
      { ...pull, ecosystem: 'office' },
      { ...pull, device: 'nothing' },
    ])
      assert.equal((await operator.refusal(deviceAdmit, wrong)).uri, 'latchkey.error.not_found')
    assert.equal(
      (await operator.refusal(deviceAdmit, { device: 'safe1' })).uri,
      'wamp.error.invalid_argument',
    )
  })

  it('say of themselves what they are and can', async () => {
    const lamp = await house.device('lamp1')
    const capabilities = [
      { uri: 'lamp1.switch', action: 'call' },
      { uri: 'lamp1.on_change', action: 'subscribe' },
    ]
    const announcement = { attributes: { colour: 'warm' }, capabilities }
    assert.deepEqual(await lamp.call(capabilityAnnounce, announcement), {
      capabilities: 2,
      changed: true,
    })
    assert.deepEqual(house.ecosystems.devices.get('lamp1')?.announced, capabilities)
    assert.deepEqual(await lamp.call(capabilityAnnounce, { attributes: { colour: 'cold' } }), {
      capabilities: 2,
      changed: true,
    })
  })

  it('leave no record of saying the same again, as they do at each join', async () => {
    const lamp = await house.device('lamp1')
    await lamp.call(capabilityAnnounce, { attributes: { colour: 'warm' } })
    const before = (await house.records()).length
    assert.deepEqual(await lamp.call(capabilityAnnounce, { attributes: { colour: 'warm' } }), {
      capabilities: 0,
      changed: false,
    })
    assert.equal((await house.records()).length, before)
  })

  it('say nothing of what is not theirs, and people say nothing for them', async () => {
    const lamp = await house.device('lamp1')
    for (const uri of ['safe1.open', 'lamp10.switch', 'lamp', 'wamp.x'])
      assert.equal(
        (await lamp.refusal(capabilityAnnounce, { capabilities: [{ uri, action: 'call' }] })).uri,
        'wamp.error.invalid_argument',
        uri,
      )
    assert.equal(
      (
        await lamp.refusal(capabilityAnnounce, {
          capabilities: [{ uri: 'lamp1.switch', action: 'register' }],
        })
      ).uri,
      'wamp.error.invalid_argument',
    )
    for (const caller of [owner, operator])
      assert.equal((await caller.refusal(capabilityAnnounce, {})).uri, denied)
  })

  it('get their levels from the owner', async () => {
    const stricter = {
      device: 'lamp1',
      uri: 'lamp1.switch',
      action: 'call',
      ecosystem: 'home',
      level: 2,
    }
    assert.deepEqual(await owner.call(capabilitySet, stricter), stricter)
    const row = house.ecosystems.devices.get('lamp1')
    assert.ok(row)
    assert.deepEqual(house.ecosystems.devices.requirements(row, 'call', 'lamp1.switch'), [
      { ecosystem: 'home', level: 2, conditions: {} },
    ])
    assert.equal((await house.records())[0]?.['target'], 'lamp1.switch')
  })

  it('do not get their levels from others, nor for what is not theirs', async () => {
    const level = {
      device: 'lamp1',
      uri: 'lamp1.switch',
      action: 'call',
      ecosystem: 'home',
      level: 9,
    }
    for (const caller of [guest, await house.device('lamp1'), await house.person('driver')])
      assert.equal((await caller.refusal(capabilitySet, level)).uri, denied)
    const driver = await house.person('driver')
    assert.equal((await driver.refusal(capabilitySet, { ...level, ecosystem: 'car' })).uri, denied)
    assert.equal(
      (await operator.refusal(capabilitySet, { ...level, ecosystem: 'car' })).uri,
      'latchkey.error.invalid_state',
    )
    assert.equal(
      (await operator.refusal(capabilitySet, { ...level, device: 'nothing' })).uri,
      'latchkey.error.not_found',
    )
    for (const wrong of [{ level: 0 }, { uri: 'safe1.open' }, { action: 'open' }])
      assert.equal(
        (await owner.refusal(capabilitySet, { ...level, ...wrong })).uri,
        'wamp.error.invalid_argument',
      )
  })
})
