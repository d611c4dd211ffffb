import assert from 'node:assert/strict'
import { explain } from '../../../realms/explain.ts'
import { procedureUris } from '../../../realms/uris.ts'
import { startHouse, type House } from './house.ts'

const { authzCheck, grantCreate, personDisable } = procedureUris
const denied = 'wamp.error.not_authorized'

describe('a question about a decision', () => {
  let house: House
  beforeEach(async () => {
    house = await startHouse({
      explain: (ecosystems, clock) => (subject, realm, action, uri) =>
        explain({ ecosystems, clock }, subject, realm, action, uri),
    })
  })
  afterEach(() => house.stop())

  const ask = { as: 'guest', action: 'call', uri: 'safe1.open' }

  it('is answered with the check that decides, the levels and the grant', async () => {
    const owner = await house.person('owner')
    const [grant] = house.ecosystems.grants.list({ subject: { kind: 'person', id: 'guest' } })
    const no = await owner.call(authzCheck, ask)
    assert.deepEqual(
      { ...no, reason: '' },
      {
        allow: false,
        check: 'level',
        reason: '',
        ecosystem: 'home',
        level: 3,
        required: 1,
        grant: grant?.id,
      },
    )
    assert.match(String(no['reason']), /level/)
    const yes = await owner.call(authzCheck, { ...ask, uri: 'lamp1.switch' })
    assert.deepEqual([yes['allow'], yes['level'], yes['required']], [true, 3, 3])
  })

  it('is answered for those who have no grant or are disabled, and for devices', async () => {
    const operator = await house.operator()
    const check = async (query: object): Promise<unknown[]> => {
      const { allow, check: by } = await operator.call(authzCheck, { ...ask, ...query })
      return [allow, by]
    }
    assert.deepEqual(await check({ as: 'stranger' }), [false, 'grant'])
    await operator.call(personDisable, { person: 'owner' })
    assert.deepEqual(await check({ as: 'owner' }), [false, 'standing'])
    assert.deepEqual(await check({ as: 'device:lamp1', action: 'register', uri: 'safe1.open' }), [
      false,
      'ownership',
    ])
    assert.equal((await check({ as: 'device:safe1', action: 'register' }))[0], true)
    assert.equal((await check({ uri: 'nothing.there' }))[0], false)
  })

  it('follows grants at once', async () => {
    const owner = await house.person('owner')
    const asked = { ...ask, as: 'stranger', uri: 'lamp1.switch' }
    assert.equal((await owner.call(authzCheck, asked))['allow'], false)
    await owner.call(grantCreate, { to: 'stranger', ecosystem: 'home', level: 3 })
    assert.equal((await owner.call(authzCheck, asked))['allow'], true)
  })

  it('tells an owner nothing of grants and levels in ecosystems of others', async () => {
    const { devices, grants } = house.ecosystems
    await devices.admit('safe1', 'car')
    await devices.setLevel({
      device: 'safe1',
      uri: 'safe1.open',
      action: 'call',
      ecosystem: 'car',
      level: 7,
    })
    const subject = { kind: 'person', id: 'guest' } as const
    const [owner, operator] = [await house.person('owner'), await house.operator()]
    const levels = { ecosystem: 'car', by: 'operator:test', subject }
    for (const level of [8, 5]) {
      await grants.create({ ...levels, level })
      const told = await owner.call(authzCheck, ask)
      assert.deepEqual(Object.keys(told), ['allow', 'check', 'reason'])
      assert.doesNotMatch(String(told['reason']), /car|\d/)
      assert.equal(told['allow'], level === 5)
    }
    const all = await operator.call(authzCheck, ask)
    assert.deepEqual([all['ecosystem'], all['level'], all['required']], ['car', 5, 7])
  })

  it('may be asked by owners of the device and the operator alone', async () => {
    for (const person of ['guest', 'friend', 'driver'])
      assert.equal((await (await house.person(person)).refusal(authzCheck, ask)).uri, denied)
    const owner = await house.person('owner')
    assert.equal((await owner.refusal(authzCheck, { ...ask, uri: 'nothing.there' })).uri, denied)
  })

  it('needs somebody to ask about', async () => {
    const operator = await house.operator()
    for (const as of ['nobody', 'device:nothing'])
      assert.equal(
        (await operator.refusal(authzCheck, { ...ask, as })).uri,
        'latchkey.error.not_found',
      )
    for (const wrong of [{ as: '' }, { action: 'open' }, { uri: 'safe1..open' }])
      assert.equal(
        (await operator.refusal(authzCheck, { ...ask, ...wrong })).uri,
        'wamp.error.invalid_argument',
      )
  })

  it('leaves no record and changes nothing', async () => {
    const owner = await house.person('owner')
    const before = house.ecosystems.epoch.value
    await owner.call(authzCheck, ask)
    assert.deepEqual(await house.records(), [])
    assert.equal(house.ecosystems.epoch.value, before)
  })
})
