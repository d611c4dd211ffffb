import assert from 'node:assert/strict'
import { House, issuer, refuses } from './house.ts'

describe('people', () => {
  let house: House

  beforeEach(async () => {
    house = await House.open()
  })

  it('are made at their first sign-in and found at the next', async () => {
    const { people } = house.ecosystems
    const first = await people.admit({ issuer, subject: 'alice', name: 'Alice' })
    assert.match(first.id, /^p_[a-z0-9]{8}$/)
    assert.equal(first.name, 'Alice')
    assert.equal(first.status, 'active')
    assert.deepEqual(await people.admit({ issuer, subject: 'alice', name: 'Other' }), first)
    assert.deepEqual(people.byIdentity(issuer, 'alice'), first)
    assert.deepEqual(
      people.identitiesOf(first.id).map(({ subject }) => subject),
      ['alice'],
    )
  })

  it('are one when two sessions of a newcomer arrive together', async () => {
    const { people } = house.ecosystems
    const both = await Promise.all([
      people.admit({ issuer, subject: 'alice' }),
      people.admit({ issuer, subject: 'alice' }),
    ])
    assert.deepEqual(both[0], both[1])
    assert.equal(people.list().length, 1)
  })

  it('are told apart by issuer and subject together', async () => {
    const { people } = house.ecosystems
    const ids = new Set<string>()
    for (const [by, subject] of [
      ['https://a.test', 'x'],
      ['https://a.testx', 'x'],
      ['https://a.test', 'xx'],
      ['https://b.test', 'x'],
    ])
      ids.add((await people.admit({ issuer: by ?? '', subject: subject ?? '' })).id)
    assert.equal(ids.size, 4)
  })

  it('are called by their id when the provider gives no name that can be shown', async () => {
    const { people } = house.ecosystems
    const names = [undefined, '', '  ', 'a\u0000b', 'x'.repeat(1_000)]
    for (const [index, name] of names.entries()) {
      const person = await people.admit({
        issuer,
        subject: `s${index}`,
        ...(name !== undefined && { name }),
      })
      assert.equal(person.name, person.id)
    }
  })

  it('can be made ahead of their first sign-in, under an id of choice', async () => {
    const { people } = house.ecosystems
    const guest = await people.create({ id: 'guest', name: 'The guest', issuer, subject: 'g' })
    assert.deepEqual(people.get('guest'), guest)
    assert.deepEqual(await people.admit({ issuer, subject: 'g' }), guest)
    assert.match((await people.create({ name: 'N', issuer, subject: 'n' })).id, /^p_/)
  })

  it('cannot share an id or an identity', async () => {
    const { people } = house.ecosystems
    await house.person('guest')
    await refuses(
      people.create({ id: 'guest', name: 'G', issuer, subject: 'other' }),
      'conflict',
      /person guest already/,
    )
    await refuses(people.create({ id: 'other', name: 'G', issuer, subject: 'guest' }), 'conflict')
    assert.equal(people.list().length, 1)
  })

  it('need names and identities that can be written down', async () => {
    const { people } = house.ecosystems
    await refuses(people.admit({ issuer: '', subject: 'x' }), 'invalid_argument', /issuer/)
    await refuses(people.admit({ issuer, subject: '' }), 'invalid_argument', /subject/)
    await refuses(
      people.create({ id: 'No', name: 'n', issuer, subject: 's' }),
      'invalid_argument',
      /id/,
    )
    await refuses(people.create({ name: '', issuer, subject: 's' }), 'invalid_argument', /name/)
  })

  it('are so many and no more', async () => {
    house = await House.open({ bounds: { people: 2 } })
    const { people } = house.ecosystems
    await people.admit({ issuer, subject: '1' })
    await people.admit({ issuer, subject: '2' })
    await refuses(people.admit({ issuer, subject: '3' }), 'invalid_state', /people: there are 2/)
    assert.equal((await people.admit({ issuer, subject: '1' })).status, 'active')
    assert.deepEqual(house.alarms, [])
  })

  it('are disabled and enabled, and stay so', async () => {
    const { people } = house.ecosystems
    await house.person('guest')
    assert.equal((await people.disable('guest')).status, 'disabled')
    assert.equal(people.get('guest')?.status, 'disabled')
    assert.equal((await house.restarted()).people.get('guest')?.status, 'disabled')
    assert.equal((await people.disable('guest')).status, 'disabled')
    assert.equal((await people.enable('guest')).status, 'active')
    assert.equal((await house.restarted()).people.get('guest')?.status, 'active')
  })

  it('who are unknown cannot be disabled or enabled', async () => {
    const { people } = house.ecosystems
    await refuses(people.disable('ghost'), 'not_found', /no person "ghost"/)
    await refuses(people.enable('ghost'), 'not_found')
  })

  it("move their own epoch when their standing changes, and nobody else's", async () => {
    const { people } = house.ecosystems
    await house.person('guest')
    await house.person('owner')
    const [guest, owner] = [people.epochOf('guest'), people.epochOf('owner')]
    const seen = [guest.value, owner.value, house.ecosystems.epoch.value]
    await people.disable('guest')
    assert.notEqual(guest.value, seen[0])
    assert.equal(owner.value, seen[1])
    assert.notEqual(house.ecosystems.epoch.value, seen[2])
  })

  it('move the epoch of those who are unknown when somebody comes', async () => {
    const { people } = house.ecosystems
    const unknown = people.epochOf('guest')
    const seen = unknown.value
    await house.person('guest')
    assert.notEqual(unknown.value, seen)
  })
})
