import assert from 'node:assert/strict'
import { procedureUris } from '../../../realms/uris.ts'
import { startHouse, type House } from './house.ts'

const { groupCreate, groupList, groupAdd, groupRemove, groupDelete, grantCreate } = procedureUris
const denied = 'wamp.error.not_authorized'

describe('groups as procedures', () => {
  let house: House
  beforeEach(async () => {
    house = await startHouse()
  })
  afterEach(() => house.stop())

  it('are made, filled, emptied and ended by the owners of their ecosystem', async () => {
    const owner = await house.person('owner')
    const made = await owner.call(groupCreate, { id: 'kids', ecosystem: 'home', name: 'The kids' })
    const group = {
      id: 'kids',
      ecosystem: 'home',
      name: 'The kids',
      members: [],
      created_by: 'person:owner',
      created_at: house.clock.now(),
    }
    assert.deepEqual(made, group)
    await owner.call(groupAdd, { id: 'kids', member: 'stranger' })
    const both = await owner.call(groupAdd, { id: 'kids', member: 'device:lamp1' })
    assert.deepEqual(both['members'], ['stranger', 'device:lamp1'])
    assert.deepEqual(await owner.call(groupList), { groups: [both] })
    const one = await owner.call(groupRemove, { id: 'kids', member: 'device:lamp1' })
    assert.deepEqual(one['members'], ['stranger'])
    assert.deepEqual(await owner.call(groupDelete, { id: 'kids' }), {
      id: 'kids',
      status: 'deleted',
    })
    assert.deepEqual(await owner.call(groupList), { groups: [] })
  })

  it('say of what is not there what they say of what is not one’s own', async () => {
    const operator = await house.operator()
    await operator.call(groupCreate, { id: 'kids', ecosystem: 'home' })
    for (const id of ['guest', 'driver']) {
      const caller = await house.person(id)
      for (const key of ['kids', 'none'])
        for (const uri of [groupAdd, groupRemove])
          assert.equal((await caller.refusal(uri, { id: key, member: id })).uri, denied)
      assert.equal((await caller.refusal(groupDelete, { id: 'kids' })).uri, denied)
      const input = { id: 'mine', ecosystem: 'home' }
      assert.equal((await caller.refusal(groupCreate, input)).uri, denied)
    }
    const missing = 'latchkey.error.not_found'
    const elsewhere = await house.operator('realm2')
    assert.equal((await elsewhere.refusal(groupDelete, { id: 'kids' })).uri, missing)
    for (const member of ['none', 'device:none'])
      assert.equal((await operator.refusal(groupAdd, { id: 'kids', member })).uri, missing)
    assert.equal(
      (await operator.refusal(groupRemove, { id: 'kids', member: 'guest' })).uri,
      missing,
    )
    assert.deepEqual(await (await house.person('driver')).call(groupList), { groups: [] })
  })

  it('have what is granted to them, until one is taken out', async () => {
    const owner = await house.person('owner')
    await owner.call(groupCreate, { id: 'kids', ecosystem: 'home' })
    await owner.call(grantCreate, { to: 'group:kids', ecosystem: 'home', level: 2 })
    const { holdings } = house.ecosystems
    const level = (): number =>
      holdings.levelIn({ kind: 'person', id: 'stranger' }, 'home', house.clock.now())
    assert.equal(level(), Infinity)
    await owner.call(groupAdd, { id: 'kids', member: 'stranger' })
    assert.equal(level(), 2)
    await owner.call(groupRemove, { id: 'kids', member: 'stranger' })
    assert.equal(level(), Infinity)
  })

  it('are not joined for good by who has level 1 of somebody else', async () => {
    const owner = await house.person('owner')
    await owner.call(groupCreate, { id: 'kids', ecosystem: 'home' })
    await owner.call(grantCreate, { to: 'group:kids', ecosystem: 'home', level: 1 })
    await owner.call(grantCreate, { to: 'guest', ecosystem: 'home', level: 1, expires: '2d' })
    const guest = await house.person('guest')
    for (const member of ['guest', 'friend'])
      assert.equal((await guest.refusal(groupAdd, { id: 'kids', member })).uri, denied)
    await guest.call(groupCreate, { id: 'band', ecosystem: 'home' })
    const band = await guest.call(groupAdd, { id: 'band', member: 'friend' })
    assert.deepEqual(band['members'], ['friend'])
  })
})
