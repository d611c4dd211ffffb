import assert from 'node:assert/strict'
import { procedureUris } from '../../../realms/uris.ts'
import { startHouse, type House } from './house.ts'

const { ecosystemCreate, ecosystemList, idpAdd, idpList, classList } = procedureUris

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
      created_at: house.clock.now(),
    })
  })

  it('are not made by owners', async () => {
    const owner = await house.person('owner')
    assert.equal(
      (await owner.refusal(ecosystemCreate, { id: 'boat' })).uri,
      'wamp.error.not_authorized',
    )
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
    assert.deepEqual(idps, [added])
    assert.deepEqual(added, {
      issuer: 'https://id.example',
      client_id: 'latchkey',
      jwks_uri: 'https://id.example/keys',
      created_at: house.clock.now(),
    })
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

  it('are listed to everybody who is known, with verbs and levels', async () => {
    const stranger = await house.person('stranger')
    const { classes } = await stranger.call(classList)
    const light = (classes as { id: string; capabilities: unknown[] }[]).find(
      ({ id }) => id === 'light',
    )
    assert.deepEqual(light?.capabilities[0], { verb: 'switch', action: 'call', level: 3 })
  })

  it('are listed neither to newcomers nor with conditions', async () => {
    const newcomer = await house.as('provisioning')
    assert.equal((await newcomer.refusal(classList)).uri, 'wamp.error.not_authorized')
    const guest = await house.person('guest')
    assert.equal(
      (await guest.refusal(classList, { id: 'light' })).uri,
      'wamp.error.invalid_argument',
    )
  })
})
