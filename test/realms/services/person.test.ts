import assert from 'node:assert/strict'
import { procedureUris } from '../../../realms/uris.ts'
import { startHouse, type House } from './house.ts'

const { personCreate, personList, personDisable, personEnable } = procedureUris

describe('people', () => {
  let house: House
  beforeEach(async () => {
    house = await startHouse()
  })
  afterEach(() => house.stop())

  it('are made known before they sign in, by the operator', async () => {
    const operator = await house.operator()
    const identity = { issuer: 'https://id.example', subject: '248289761001' }
    const made = await operator.call(personCreate, { id: 'aunt', name: 'The aunt', ...identity })
    assert.deepEqual(
      [made['id'], made['name'], made['status'], made['identities']],
      ['aunt', 'The aunt', 'active', [{ ...identity, status: 'active' }]],
    )
    assert.equal(house.ecosystems.people.byIdentity(identity.issuer, identity.subject)?.id, 'aunt')
  })

  it('get an id where none is given', async () => {
    const operator = await house.operator()
    const { id } = await operator.call(personCreate, {
      name: 'Somebody',
      issuer: 'https://id.example',
      subject: 'somebody',
    })
    assert.match(String(id), /^[a-z0-9_]+$/)
    assert.equal((await house.records())[0]?.['target'], id)
  })

  it('cannot be made with an identity that somebody has', async () => {
    const operator = await house.operator()
    const { uri } = await operator.refusal(personCreate, {
      name: 'Another',
      issuer: 'https://id.example',
      subject: 'guest',
    })
    assert.equal(uri, 'latchkey.error.conflict')
  })

  it('need an issuer that is an address', async () => {
    const operator = await house.operator()
    assert.deepEqual(
      await operator.refusal(personCreate, { name: 'A', issuer: 'id.example', subject: 'a' }),
      {
        uri: 'wamp.error.invalid_argument',
        message: 'issuer: found "id.example", allowed is an http or https address',
      },
    )
  })

  it('are listed with their identities to the operator', async () => {
    const { people } = await (await house.operator()).call(personList)
    assert.deepEqual(
      (people as { id: string }[]).map(({ id }) => id),
      ['owner', 'friend', 'guest', 'driver', 'boss', 'stranger'],
    )
  })

  it('are disabled and enabled by the operator', async () => {
    const operator = await house.operator()
    assert.equal((await operator.call(personDisable, { person: 'guest' }))['status'], 'disabled')
    assert.equal(house.ecosystems.people.get('guest')?.status, 'disabled')
    assert.equal((await operator.call(personEnable, { person: 'guest' }))['status'], 'active')
    assert.equal(house.ecosystems.people.get('guest')?.status, 'active')
    for (const uri of [personDisable, personEnable])
      assert.equal(
        (await operator.refusal(uri, { person: 'nobody' })).uri,
        'latchkey.error.not_found',
      )
    for (const uri of [personDisable, personEnable])
      assert.equal((await operator.refusal(uri)).uri, 'wamp.error.invalid_argument')
  })

  it('are nobody else’s business, not even an owner’s', async () => {
    for (const caller of [await house.person('owner'), await house.device('lamp1')])
      for (const uri of [personCreate, personList, personDisable, personEnable])
        assert.equal(
          (await caller.refusal(uri, { person: 'guest' })).uri,
          'wamp.error.not_authorized',
          uri,
        )
  })
})
