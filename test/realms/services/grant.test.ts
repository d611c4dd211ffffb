import assert from 'node:assert/strict'
import { procedureUris } from '../../../realms/uris.ts'
import { levelOf } from '../../ecosystems/given.ts'
import { startHouse, type House } from './house.ts'

const { grantCreate, grantList, grantRevoke } = procedureUris

describe('grants', () => {
  let house: House
  beforeEach(async () => {
    house = await startHouse()
  })
  afterEach(() => house.stop())

  const ids = (grants: unknown): unknown[] =>
    (grants as { to: string; ecosystem: string }[]).map(({ to, ecosystem }) => `${to}@${ecosystem}`)

  it('are made by who has level 1 in the ecosystem', async () => {
    const owner = await house.person('owner')
    const { id } = await owner.call(grantCreate, { to: 'stranger', ecosystem: 'home', level: 1 })
    const row = house.ecosystems.grants.get(String(id))
    assert.deepEqual(
      [row?.subject, row?.ecosystem, row?.level, row?.createdBy],
      ['stranger', 'home', 1, 'person:owner'],
    )
  })

  it('are made by the operator, and by a device that has level 1', async () => {
    const operator = await house.operator()
    await operator.call(grantCreate, { to: 'device:lamp1', ecosystem: 'home', level: 1 })
    const lamp = await house.device('lamp1')
    await lamp.call(grantCreate, { to: 'stranger', ecosystem: 'home', level: 2 })
    assert.equal(levelOf(house.ecosystems.grants, { kind: 'person', id: 'stranger' }, 'home'), 2)
  })

  it('are not made by anybody below level 1, nor elsewhere', async () => {
    for (const [person, ecosystem] of [
      ['guest', 'home'],
      ['friend', 'home'],
      ['owner', 'car'],
      ['stranger', 'home'],
      ['owner', 'nothing'],
    ] as const) {
      const caller = await house.person(person)
      const { uri } = await caller.refusal(grantCreate, { to: 'guest', ecosystem, level: 99 })
      assert.equal(uri, 'wamp.error.not_authorized', `${person} in ${ecosystem}`)
    }
  })

  it('are not made from another realm, not even by the ecosystem’s owner', async () => {
    const owner = await house.person('owner', 'realm2')
    const { uri } = await owner.refusal(grantCreate, { to: 'guest', ecosystem: 'home', level: 3 })
    assert.equal(uri, 'wamp.error.not_authorized')
    const operator = await house.operator('realm2')
    assert.deepEqual(
      await operator.refusal(grantCreate, { to: 'guest', ecosystem: 'home', level: 3 }),
      { uri: 'latchkey.error.not_found', message: 'there is no ecosystem "home" here' },
    )
  })

  it('are not made for who is not there', async () => {
    const owner = await house.person('owner')
    for (const to of ['nobody', 'device:nothing'])
      assert.equal(
        (await owner.refusal(grantCreate, { to, ecosystem: 'home', level: 3 })).uri,
        'latchkey.error.not_found',
      )
  })

  it('need a level from 1 on', async () => {
    const owner = await house.person('owner')
    for (const level of [0, -1, 1.5, 100, '1', null])
      assert.equal(
        (await owner.refusal(grantCreate, { to: 'guest', ecosystem: 'home', level })).uri,
        'wamp.error.invalid_argument',
        String(level),
      )
  })

  it('are taken back by who has level 1 there', async () => {
    const owner = await house.person('owner')
    const { id } = await owner.call(grantCreate, { to: 'stranger', ecosystem: 'home', level: 3 })
    const revoked = await owner.call(grantRevoke, { id })
    assert.equal(revoked['revoked_at'], house.clock.now())
    assert.equal(
      levelOf(house.ecosystems.grants, { kind: 'person', id: 'stranger' }, 'home'),
      Infinity,
    )
  })

  it('are not taken back by anybody else', async () => {
    const id = house.ecosystems.grants.list({ ecosystem: 'home' })[0]?.id
    for (const person of ['guest', 'friend', 'driver', 'boss'])
      assert.equal(
        (await (await house.person(person)).refusal(grantRevoke, { id })).uri,
        'wamp.error.not_authorized',
      )
    assert.equal(
      (await (await house.operator('realm2')).refusal(grantRevoke, { id })).uri,
      'latchkey.error.not_found',
    )
  })

  it('are listed to owners of their ecosystem and to who holds them', async () => {
    const listed = async (person: string, realm = 'realm1'): Promise<unknown[]> =>
      ids((await (await house.person(person, realm)).call(grantList))['grants'])
    assert.deepEqual(await listed('owner'), ['owner@home', 'friend@home', 'guest@home'])
    assert.deepEqual(await listed('guest'), ['guest@home'])
    assert.deepEqual(await listed('stranger'), [])
    assert.deepEqual(await listed('owner', 'realm2'), [])
    const operator = await house.operator()
    assert.deepEqual(ids((await operator.call(grantList))['grants']), [
      'owner@home',
      'friend@home',
      'guest@home',
      'driver@car',
    ])
  })

  it('are listed by ecosystem, by holder, and with the revoked ones if asked', async () => {
    const operator = await house.operator()
    const list = async (query: Record<string, unknown>): Promise<unknown[]> =>
      ids((await operator.call(grantList, query))['grants'])
    assert.deepEqual(await list({ ecosystem: 'car' }), ['driver@car'])
    assert.deepEqual(await list({ to: 'guest' }), ['guest@home'])
    const [grant] = house.ecosystems.grants.list({ ecosystem: 'car' })
    await operator.call(grantRevoke, { id: grant?.id })
    assert.deepEqual(await list({ ecosystem: 'car' }), [])
    assert.deepEqual(await list({ ecosystem: 'car', revoked: true }), ['driver@car'])
    assert.equal(
      (await operator.refusal(grantList, { revoked: 'yes' })).uri,
      'wamp.error.invalid_argument',
    )
  })
})
