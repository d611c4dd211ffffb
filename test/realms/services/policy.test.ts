import assert from 'node:assert/strict'
import { procedureUris } from '../../../realms/uris.ts'
import { startHouse, type House } from './house.ts'

const { policySet, policyList, policyRemove } = procedureUris
const denied = 'wamp.error.not_authorized'

describe('policies of levels as procedures', () => {
  let house: House
  beforeEach(async () => {
    house = await startHouse()
  })
  afterEach(() => house.stop())

  const said = { ecosystem: 'home', level: 3, uri: 'lamp1.', match: 'prefix', effect: 'deny' }

  it('are set, listed and removed by the owners of the ecosystem', async () => {
    const owner = await house.person('owner')
    const row = await owner.call(policySet, { ...said, actions: ['call'] })
    assert.deepEqual(row, {
      ...said,
      id: row['id'],
      actions: ['call'],
      created_by: 'person:owner',
      created_at: house.clock.now(),
    })
    assert.deepEqual(await owner.call(policyList), { policies: [row] })
    assert.deepEqual(await owner.call(policyList, { ecosystem: 'car' }), { policies: [] })
    assert.deepEqual(await owner.call(policyRemove, { id: row['id'] }), row)
    assert.deepEqual(await owner.call(policyList), { policies: [] })
  })

  it('are nobody else’s business', async () => {
    const owner = await house.person('owner')
    const { id } = await owner.call(policySet, said)
    for (const person of ['guest', 'driver']) {
      const caller = await house.person(person)
      assert.equal((await caller.refusal(policySet, said)).uri, denied)
      for (const key of [id, 'none'])
        assert.equal((await caller.refusal(policyRemove, { id: key })).uri, denied)
    }
    assert.deepEqual(await (await house.person('driver')).call(policyList), { policies: [] })
    const operator = await house.operator('realm2')
    const missing = 'latchkey.error.not_found'
    assert.equal((await operator.refusal(policyRemove, { id })).uri, missing)
    assert.equal((await operator.refusal(policySet, said)).uri, missing)
  })

  it('say what is wrong about them', async () => {
    const owner = await house.person('owner')
    const refused = await owner.refusal(policySet, { ...said, uri: 'lamp1' })
    assert.equal(refused.uri, 'wamp.error.invalid_argument')
    assert.match(refused.message, /uri: found "lamp1"/)
    for (const wrong of [{ level: 0 }, { effect: 'perhaps' }, { actions: [] }, { uri: 'a b' }])
      assert.equal(
        (await owner.refusal(policySet, { ...said, ...wrong })).uri,
        'wamp.error.invalid_argument',
      )
  })
})
