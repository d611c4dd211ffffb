import assert from 'node:assert/strict'
import { procedureUris } from '../../../realms/uris.ts'
import { startHouse, type House } from './house.ts'

const {
  ecosystemCreate,
  ecosystemList,
  ecosystemShow,
  ecosystemSet,
  ecosystemDelete,
  ecosystemTrustIdp,
  ecosystemSpan,
  ecosystemUnspan,
  deviceAdmit,
  grantRevoke,
  grantCreate,
  idpAdd,
  idpList,
  classCreate,
  classList,
} = procedureUris

describe('ecosystems', () => {
  let house: House
  beforeEach(async () => {
    house = await startHouse()
  })
  afterEach(() => house.stop())

  it('are made by the operator, in the realm of the session', async () => {
    const operator = await house.operator('realm2')
    const made = await operator.call(ecosystemCreate, { id: 'boat', name: 'The boat' })
    assert.deepEqual(made, {
      id: 'boat',
      name: 'The boat',
      realm: 'realm2',
      owner: null,
      pseudonyms: false,
      created_at: house.clock.now(),
    })
  })

  it('are made by owners, for themselves, and by nobody who owns nothing', async () => {
    const owner = await house.person('owner')
    assert.equal((await owner.call(ecosystemCreate, { id: 'boat' }))['owner'], 'owner')
    const listed = (await owner.call(ecosystemList))['ecosystems'] as { id: string }[]
    assert.deepEqual(
      listed.map(({ id }) => id),
      ['home', 'boat'],
    )
    assert.equal(
      (await owner.refusal(ecosystemCreate, { id: 'yacht', owner: 'friend' })).uri,
      'latchkey.error.not_found',
    )
    await (
      await house.operator()
    ).call(grantCreate, { to: 'device:lamp1', ecosystem: 'home', level: 1 })
    const lamp = await house.device('lamp1')
    assert.equal(
      (await lamp.refusal(ecosystemCreate, { id: 'yacht' })).uri,
      'wamp.error.not_authorized',
    )
    for (const id of ['guest', 'stranger'])
      assert.equal(
        (await (await house.person(id)).refusal(ecosystemCreate, { id: 'yacht' })).uri,
        'wamp.error.not_authorized',
      )
  })

  it('are made by the operator for an owner, who must be there', async () => {
    const operator = await house.operator()
    const made = await operator.call(ecosystemCreate, { id: 'boat', owner: 'guest' })
    assert.equal(made['owner'], 'guest')
    const guest = await house.person('guest')
    assert.equal((await guest.call(ecosystemShow, { id: 'boat' }))['name'], 'boat')
    assert.equal(
      (await operator.refusal(ecosystemCreate, { id: 'yacht', owner: 'nobody' })).uri,
      'latchkey.error.not_found',
    )
  })

  it('are shown, changed and deleted by their owners alone', async () => {
    const [owner, guest] = [await house.person('owner'), await house.person('guest')]
    for (const uri of [ecosystemShow, ecosystemSet, ecosystemDelete])
      for (const id of ['home', 'office', 'none'])
        assert.equal((await guest.refusal(uri, { id })).uri, 'wamp.error.not_authorized')
    const set = await owner.call(ecosystemSet, { id: 'home', name: 'Ours', pseudonyms: true })
    assert.deepEqual([set['name'], set['pseudonyms']], ['Ours', true])
    const shown = await owner.call(ecosystemShow, { id: 'home' })
    assert.deepEqual(shown['devices'], ['lamp1', 'safe1', 'door1'])
    assert.deepEqual(shown['spans'], [])
    const refused = await owner.refusal(ecosystemDelete, { id: 'home' })
    assert.equal(refused.uri, 'latchkey.error.invalid_state')
    assert.match(refused.message, /3 devices/)
    await owner.call(ecosystemDelete, { id: 'home', force: true })
    assert.deepEqual(await owner.call(ecosystemList), { ecosystems: [] })
  })

  it('are not ended, nor shut to a provider’s people, by who has level 1 of somebody else or for a time', async () => {
    const denied = 'wamp.error.not_authorized'
    const [owner, operator] = [await house.person('owner'), await house.operator()]
    const trust = { ecosystem: 'home', issuer: 'https://id.test', enabled: false }
    for (const give of [owner, operator]) {
      const more = give === operator ? { expires: '2d' } : {}
      await give.call(grantCreate, { to: 'guest', ecosystem: 'home', level: 1, ...more })
      const guest = await house.person('guest')
      assert.equal((await guest.call(ecosystemShow, { id: 'home' }))['id'], 'home')
      assert.equal((await guest.refusal(ecosystemDelete, { id: 'home', force: true })).uri, denied)
      assert.equal((await guest.refusal(ecosystemTrustIdp, trust)).uri, denied)
    }
    assert.equal((await owner.refusal(ecosystemTrustIdp, trust)).uri, 'latchkey.error.not_found')
  })

  it('are not kept through a span by who has level 1 of somebody else, or for a time', async () => {
    const owner = await house.person('owner')
    const denied = 'wamp.error.not_authorized'
    const level1 = { to: 'guest', ecosystem: 'home', level: 1 }
    const given = await owner.call(grantCreate, level1)
    const guest = await house.person('guest')
    await guest.call(ecosystemCreate, { id: 'den' })
    const edge = { parent: 'den', child: 'home', levels: { '1': 1 } }
    assert.equal((await guest.refusal(ecosystemSpan, edge)).uri, denied)
    const pull = { device: 'safe1', ecosystem: 'den' }
    assert.equal((await guest.refusal(deviceAdmit, pull)).uri, denied)
    await owner.call(grantRevoke, { id: given['id'] })
    const operator = await house.operator()
    for (const limit of [{ expires: '2d' }, { schedule: 'mon-sun 00:00-24:00 UTC' }]) {
      const { id } = await operator.call(grantCreate, { ...level1, ...limit })
      assert.equal((await guest.refusal(ecosystemSpan, edge)).uri, denied)
      assert.equal((await guest.refusal(deviceAdmit, pull)).uri, denied)
      await operator.call(grantRevoke, { id })
    }
    await operator.call(grantCreate, level1)
    await guest.call(ecosystemSpan, edge)
    assert.deepEqual((await guest.call(deviceAdmit, pull))['ecosystems'], ['home', 'den'])
  })

  it('span others, of other realms too, by the word of both sides, and until one ends it', async () => {
    const operator = await house.operator()
    await operator.call(grantCreate, { to: 'owner', ecosystem: 'car', level: 1 })
    const owner = await house.person('owner')
    const edge = { parent: 'home', child: 'car' }
    const levels = { '1': 1, '2': 2 }
    const span = await owner.call(ecosystemSpan, { ...edge, levels })
    assert.deepEqual(span, { ...edge, levels, created_at: house.clock.now() })
    const friend = await house.person('friend')
    const listed = (await friend.call(ecosystemList))['ecosystems'] as { id: string }[]
    assert.deepEqual(
      listed.map(({ id }) => id),
      ['home', 'car'],
    )
    const foreign = { parent: 'home', child: 'office', levels }
    assert.equal((await owner.refusal(ecosystemSpan, foreign)).uri, 'wamp.error.not_authorized')
    await operator.call(ecosystemSpan, foreign)
    const elsewhere = { parent: 'office', child: 'home', levels }
    assert.equal((await operator.refusal(ecosystemSpan, elsewhere)).uri, 'latchkey.error.not_found')
    const wrong = await owner.refusal(ecosystemSpan, { ...edge, levels: { '0': 1 } })
    assert.equal(wrong.uri, 'wamp.error.invalid_argument')
    const boss = await house.person('boss', 'realm2')
    assert.deepEqual(
      (await boss.call(ecosystemUnspan, { parent: 'home', child: 'office' }))['child'],
      'office',
    )
    const driver = await house.person('driver')
    await driver.call(ecosystemUnspan, edge)
    assert.equal((await driver.refusal(ecosystemUnspan, edge)).uri, 'latchkey.error.not_found')
    assert.equal((await friend.refusal(ecosystemUnspan, edge)).uri, 'wamp.error.not_authorized')
  })

  it('are listed with the level that one has there', async () => {
    const listed = async (person: string, realm?: string): Promise<unknown> =>
      (
        (await (await house.person(person, realm)).call(ecosystemList))['ecosystems'] as object[]
      ).map((row) => ({ ...row, created_at: 0 }))
    const home = { id: 'home', name: 'The house', realm: 'realm1', created_at: 0 }
    assert.deepEqual(await listed('guest'), [{ ...home, level: 3 }])
    assert.deepEqual(await listed('guest', 'realm2'), [])
    assert.deepEqual(await listed('stranger'), [])
    const component = await house.as('component', 'bridge')
    assert.deepEqual(await component.call(ecosystemList), { ecosystems: [] })
    const { ecosystems } = await (await house.operator()).call(ecosystemList)
    assert.deepEqual(
      (ecosystems as { id: string }[]).map(({ id }) => id),
      ['home', 'car'],
    )
  })

  it('are listed without conditions', async () => {
    const guest = await house.person('guest')
    assert.deepEqual(await guest.refusal(ecosystemList, { realm: 'realm2' }), {
      uri: 'wamp.error.invalid_argument',
      message: 'unknown key "realm", allowed is none',
    })
  })
})

describe('OpenID providers', () => {
  let house: House
  beforeEach(async () => {
    house = await startHouse()
  })
  afterEach(() => house.stop())

  it('are added and listed by the operator', async () => {
    const operator = await house.operator()
    const added = await operator.call(idpAdd, {
      issuer: 'https://id.example',
      client_id: 'latchkey',
      jwks_uri: 'https://id.example/keys',
    })
    const { idps } = await operator.call(idpList)
    assert.deepEqual(idps, [{ ...added, reachable: true }])
    assert.deepEqual(added, {
      issuer: 'https://id.example',
      client_id: 'latchkey',
      jwks_uri: 'https://id.example/keys',
      events_audience: null,
      introspection_endpoint: null,
      status: 'active',
      everywhere: true,
      acr_map: {},
      created_at: house.clock.now(),
    })
  })

  it('are asked about access tokens by who knows both the address and the secret', async () => {
    const operator = await house.operator()
    const asked = {
      issuer: 'https://id.example',
      client_id: 'latchkey',
      events_audience: 'https://house.example',
      introspection_endpoint: 'https://id.example/introspect',
    }
    assert.match(
      (await operator.refusal(idpAdd, asked)).message,
      /^introspection.secretFile: .*the absolute path of a file$/,
    )
    const secretFile = { introspection_secret_file: '/run/secrets/idp' }
    const added = await operator.call(idpAdd, { ...asked, ...secretFile })
    assert.equal(added['events_audience'], 'https://house.example')
    assert.equal(added['introspection_endpoint'], 'https://id.example/introspect')
    assert.deepEqual(house.ecosystems.idps.list()[0]?.introspection, {
      endpoint: 'https://id.example/introspect',
      clientId: 'latchkey',
      secretFile: '/run/secrets/idp',
    })
    for (const wrong of [
      { ...secretFile, introspection_endpoint: 'http://id.example/introspect' },
      { introspection_secret_file: 'secrets/idp' },
      { introspection_endpoint: undefined, ...secretFile },
    ]) {
      const { uri } = await operator.refusal(idpAdd, { ...asked, client_id: 'other', ...wrong })
      assert.equal(uri, 'wamp.error.invalid_argument')
    }
  })

  it('are not added by anybody else', async () => {
    const owner = await house.person('owner')
    for (const uri of [idpAdd, idpList])
      assert.equal((await owner.refusal(uri)).uri, 'wamp.error.not_authorized')
  })

  it('need an address and a client id', async () => {
    const operator = await house.operator()
    const { uri, message } = await operator.refusal(idpAdd, { issuer: 'ftp://id.example' })
    assert.equal(uri, 'wamp.error.invalid_argument')
    assert.match(message, /^issuer: found "ftp:\/\/id.example".*; client_id: missing/)
  })
})

describe('classes of devices', () => {
  let house: House
  beforeEach(async () => {
    house = await startHouse()
  })
  afterEach(() => house.stop())

  const named = (
    result: Record<string, unknown>,
    name: string,
  ): Record<string, unknown> | undefined =>
    (result['classes'] as Record<string, unknown>[]).find(({ id }) => id === name)

  it('are listed to owners and the operator, with verbs and levels', async () => {
    for (const caller of [await house.person('owner'), await house.operator()]) {
      const light = named(await caller.call(classList), 'light')
      assert.deepEqual((light?.['capabilities'] as unknown[] | undefined)?.[0], {
        verb: 'switch',
        action: 'call',
        level: 3,
      })
    }
  })

  it('are not listed to those without level 1 in this realm, nor with conditions', async () => {
    for (const caller of [
      await house.as('provisioning'),
      await house.person('stranger'),
      await house.person('guest'),
      await house.person('boss'),
      await house.device('lamp1'),
      await house.as('component'),
    ])
      assert.equal((await caller.refusal(classList)).uri, 'wamp.error.not_authorized')
    const owner = await house.person('owner')
    assert.equal(
      (await owner.refusal(classList, { id: 'light' })).uri,
      'wamp.error.invalid_argument',
    )
  })

  const blind = {
    id: 'blind',
    prefix: 'blind',
    capabilities: [
      { verb: 'close', action: 'call', level: 3 },
      { verb: 'on_change', action: 'subscribe', level: 2 },
    ],
  }

  it('are made by the operator, and give their devices prefix and levels', async () => {
    const operator = await house.operator()
    assert.deepEqual(await operator.call(classCreate, blind), blind)
    assert.deepEqual(named(await operator.call(classList), 'blind'), blind)
    const [record] = await house.records()
    assert.deepEqual(
      [record?.['action'], record?.['target'], record?.['outcome']],
      ['class.create', 'blind', 'change'],
    )
    const order = { ecosystem: 'home', class: 'blind' }
    const { codes } = await operator.call(procedureUris.provisioningTokenCreate, order)
    const device = await house.enrol((codes as string[])[0] ?? '')
    assert.equal(device.prefix, 'blind1')
    assert.deepEqual(house.ecosystems.devices.requirements(device, 'call', 'blind1.close'), [
      { ecosystem: 'home', level: 3, conditions: {} },
    ])
  })

  it('are replaced only where that is asked for', async () => {
    const operator = await house.operator()
    const [one, other] = await Promise.allSettled([
      operator.call(classCreate, blind),
      (await house.operator()).call(classCreate, blind),
    ])
    assert.deepEqual([one.status, other.status].toSorted(), ['fulfilled', 'rejected'])
    const stricter = { ...blind, capabilities: [{ verb: 'close', action: 'call', level: 1 }] }
    for (const id of ['blind', 'safe'])
      assert.equal(
        (await operator.refusal(classCreate, { ...stricter, id })).uri,
        'latchkey.error.conflict',
      )
    assert.deepEqual(await operator.call(classCreate, { ...stricter, replace: true }), stricter)
    assert.equal(house.ecosystems.classes.termsOf('blind', 'call', 'close')?.level, 1)
    assert.equal(
      house.ecosystems.classes.termsOf('blind', 'subscribe', 'on_change')?.level,
      undefined,
    )
  })

  it('are made by nobody else, nor in a form that is not allowed', async () => {
    for (const caller of [await house.person('owner'), await house.device('lamp1')])
      assert.equal((await caller.refusal(classCreate, blind)).uri, 'wamp.error.not_authorized')
    const operator = await house.operator()
    const [close] = blind.capabilities
    for (const wrong of [
      { prefix: 'latchkey.x' },
      { capabilities: [{ ...close, level: 0 }] },
      { capabilities: [{ ...close, verb: 'a b' }] },
      { capabilities: [{ ...close, action: 'register' }] },
      { capabilities: [close, close] },
      { capabilities: Array.from({ length: 257 }, (_, n) => ({ ...close, verb: `v${n}` })) },
    ])
      assert.equal(
        (await operator.refusal(classCreate, { ...blind, ...wrong })).uri,
        'wamp.error.invalid_argument',
        JSON.stringify(wrong).slice(0, 80),
      )
  })
})
