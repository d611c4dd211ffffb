import assert from 'node:assert/strict'
import { by, House, refuses } from './house.ts'

const guest = { kind: 'person', id: 'guest' } as const
const lamp = { kind: 'device', id: 'lamp' } as const

describe('groups', () => {
  let house: House

  beforeEach(async () => {
    house = await House.open()
    await house.person('guest')
    await house.device('lamp')
  })

  it('have people and devices in them', async () => {
    const { groups } = house.ecosystems
    const family = await groups.create({ id: 'family', ecosystem: 'home', name: 'Us', by })
    const other = await groups.create({ ecosystem: 'home', by })
    assert.match(other.id, /^gr_[a-z0-9]{8}$/)
    assert.equal(other.name, other.id)
    const row = await groups.add('family', guest, by)
    assert.deepEqual(await groups.add('family', guest, by), row)
    await groups.add('family', lamp, by)
    await groups.add(other.id, guest, by)
    assert.deepEqual(groups.of(guest), ['family', other.id])
    assert.deepEqual(groups.of(lamp), ['family'])
    assert.deepEqual(
      groups.membersOf('family').map(({ kind, member }) => [kind, member]),
      [
        ['person', 'guest'],
        ['device', 'lamp'],
      ],
    )
    assert.deepEqual(groups.list('home'), [family, other])
    assert.deepEqual(groups.list('car'), [])
    const again = await house.restarted()
    assert.deepEqual(again.groups.of(guest), ['family', other.id])
    assert.deepEqual(again.groups.membersOf('family'), groups.membersOf('family'))
  })

  it('let in when that is stored, and out at once', async () => {
    const { groups } = house.ecosystems
    await groups.create({ id: 'family', ecosystem: 'home', by })
    let held = house.store.hold()
    let change: Promise<unknown> = groups.add('family', guest, by)
    await held
    assert.deepEqual(groups.of(guest), [])
    house.store.release()
    await change
    const epoch = groups.epochOf(guest)
    const seen = epoch.value
    held = house.store.hold()
    change = groups.remove('family', guest)
    assert.deepEqual(groups.of(guest), [])
    assert.notEqual(epoch.value, seen)
    await held
    house.store.release()
    await change
    await refuses(groups.remove('family', guest), 'not_found', /no member "guest"/)
    assert.deepEqual((await house.restarted()).groups.of(guest), [])
    await groups.add('family', guest, by)
    assert.deepEqual(groups.of(guest), ['family'])
  })

  it('stay without whom they lost when that cannot be stored', async () => {
    const { groups } = house.ecosystems
    await groups.create({ id: 'family', ecosystem: 'home', by })
    await groups.add('family', guest, by)
    house.store.broken = true
    await refuses(groups.remove('family', guest), 'unavailable')
    assert.deepEqual(groups.of(guest), [])
    assert.deepEqual(groups.membersOf('family'), [])
    house.store.broken = false
    await groups.remove('family', guest)
    assert.deepEqual((await house.restarted()).groups.of(guest), [])
  })

  it('end at once with all that they were given, and their id is not used again', async () => {
    const { groups } = house.ecosystems
    await groups.create({ id: 'family', ecosystem: 'home', by })
    await groups.add('family', guest, by)
    house.store.broken = true
    await refuses(groups.delete('family'), 'unavailable')
    assert.deepEqual(groups.of(guest), [])
    assert.equal(groups.get('family'), undefined)
    house.store.broken = false
    assert.equal((await groups.delete('family')).status, 'deleted')
    await refuses(groups.delete('family'), 'not_found', /no group "family"/)
    await refuses(groups.add('family', guest, by), 'not_found')
    await refuses(
      groups.create({ id: 'family', ecosystem: 'home', by }),
      'conflict',
      /was, a group/,
    )
    const again = await house.restarted()
    assert.deepEqual(again.groups.of(guest), [])
    assert.deepEqual(again.groups.list(), [])
  })

  it('are of an ecosystem that exists, and have members that exist', async () => {
    const { groups } = house.ecosystems
    await refuses(groups.create({ ecosystem: 'x', by }), 'not_found', /no ecosystem "x"/)
    await refuses(groups.create({ id: 'A b', ecosystem: 'home', by }), 'invalid_argument', /^id:/)
    await refuses(groups.add('none', guest, by), 'not_found', /no group "none"/)
    await groups.create({ id: 'family', ecosystem: 'home', by })
    await refuses(groups.add('family', { kind: 'person', id: 'x' }, by), 'not_found', /no person/)
    await refuses(groups.add('family', { kind: 'device', id: 'x' }, by), 'not_found', /no device/)
  })

  it('are so many of an ecosystem and a member, with so many members, and no more', async () => {
    house = await House.open({
      bounds: { groupsPerEcosystem: 3, membersPerGroup: 1, groupsPerMember: 1 },
    })
    const { groups } = house.ecosystems
    await house.person('guest')
    await house.person('friend')
    for (const id of ['a', 'b', 'c']) await groups.create({ id, ecosystem: 'home', by })
    await groups.delete('c')
    await refuses(groups.create({ ecosystem: 'home', by }), 'invalid_state', /groupsPerEcosystem/)
    await groups.add('a', guest, by)
    const friend = { kind: 'person', id: 'friend' } as const
    await refuses(groups.add('a', friend, by), 'invalid_state', /membersPerGroup of a/)
    await refuses(groups.add('b', guest, by), 'invalid_state', /groupsPerMember of guest/)
  })

  it('move the epoch of their member and of no other', async () => {
    const { groups } = house.ecosystems
    await groups.create({ id: 'family', ecosystem: 'home', by })
    await groups.add('family', lamp, by)
    await groups.add('family', guest, by)
    const [mine, others] = [groups.epochOf(guest), groups.epochOf(lamp)]
    const seen = [mine.value, others.value]
    await groups.remove('family', guest)
    assert.notEqual(mine.value, seen[0])
    assert.equal(others.value, seen[1])
  })
})
