import assert from 'node:assert/strict'
import { grantOf, levelOf } from './given.ts'
import { by, House, refuses } from './house.ts'

const guest = { kind: 'person', id: 'guest' } as const

describe('grants', () => {
  let house: House

  beforeEach(async () => {
    house = await House.open()
    await house.person('guest')
    await house.ecosystems.directory.create({ id: 'car', realm: 'home' })
  })

  it('give a level in one ecosystem; without one there is none', async () => {
    const { grants } = house.ecosystems
    assert.equal(levelOf(grants, guest, 'home'), Infinity)
    const grant = await house.grant('guest', 3)
    assert.match(grant.id, /^g_[a-z0-9]{12}$/)
    assert.equal(levelOf(grants, guest, 'home'), 3)
    assert.deepEqual(grantOf(grants, guest, 'home'), grant)
    assert.equal(levelOf(grants, guest, 'car'), Infinity)
    assert.equal(levelOf(grants, { kind: 'device', id: 'guest' }, 'home'), Infinity)
    assert.deepEqual(grants.get(grant.id), grant)
  })

  it('count by the best that is in force', async () => {
    const { grants } = house.ecosystems
    await house.grant('guest', 3)
    const best = await house.grant('guest', 1)
    await house.grant('guest', 2)
    assert.deepEqual(grantOf(grants, guest, 'home'), best)
    await grants.revoke(best.id)
    assert.equal(levelOf(grants, guest, 'home'), 2)
  })

  it('end when they are revoked, and stay in memory as history', async () => {
    const { grants } = house.ecosystems
    const grant = await house.grant('guest', 3)
    house.clock.advance(1_000)
    const revoked = await grants.revoke(grant.id)
    assert.equal(revoked.revokedAt, house.clock.now())
    assert.equal(levelOf(grants, guest, 'home'), Infinity)
    assert.deepEqual(grants.list(), [])
    assert.deepEqual(grants.list({ includeRevoked: true }), [revoked])
    house.clock.advance(1_000)
    assert.deepEqual(await grants.revoke(grant.id), revoked)
  })

  it('revoked twice at the same time are revoked once', async () => {
    const { grants } = house.ecosystems
    const grant = await house.grant('guest', 3)
    house.store.commits.length = 0
    const [one, two] = await Promise.all([grants.revoke(grant.id), grants.revoke(grant.id)])
    assert.deepEqual(one, two)
    assert.deepEqual(house.store.commits, [['grant.put']])
    assert.deepEqual((await house.restarted()).grants.get(grant.id), one)
  })

  it('are listed by ecosystem and subject', async () => {
    const { grants } = house.ecosystems
    await house.person('owner')
    const a = await house.grant('guest', 3)
    const b = await house.grant('guest', 2, { ecosystem: 'car' })
    const c = await house.grant('owner', 1)
    assert.deepEqual(grants.list(), [a, b, c])
    assert.deepEqual(grants.list({ ecosystem: 'home' }), [a, c])
    assert.deepEqual(grants.list({ subject: guest }), [a, b])
    assert.deepEqual(grants.list({ ecosystem: 'car', subject: guest }), [b])
  })

  it('are for people and devices that exist, in ecosystems that exist, at levels from 1 to 99', async () => {
    const { grants } = house.ecosystems
    await refuses(house.grant('ghost', 3), 'not_found', /no person "ghost"/)
    await refuses(house.grant('lamp', 3, { kind: 'device' }), 'not_found', /no device "lamp"/)
    await refuses(house.grant('guest', 3, { ecosystem: 'x' }), 'not_found', /no ecosystem "x"/)
    for (const level of [0, 100, 2.5, NaN])
      await refuses(house.grant('guest', level), 'invalid_argument', /^level:/)
    await refuses(
      grants.create({ subject: guest, ecosystem: 'home', level: 3, by: '' }),
      'invalid_argument',
      /^by:/,
    )
    await refuses(
      grants.create({
        subject: { kind: 'wizard' as 'person', id: 'x' },
        ecosystem: 'home',
        level: 3,
        by,
      }),
      'invalid_argument',
      /subject\.kind/,
    )
    await refuses(grants.revoke('none'), 'not_found', /no grant "none"/)
    assert.deepEqual(grants.list({ includeRevoked: true }), [])
  })

  it('are for devices too', async () => {
    await house.device('lamp')
    await house.grant('lamp', 2, { kind: 'device' })
    assert.equal(levelOf(house.ecosystems.grants, { kind: 'device', id: 'lamp' }, 'home'), 2)
  })

  it('move the epoch of their subject alone', async () => {
    const { grants } = house.ecosystems
    await house.person('owner')
    await house.grant('owner', 1)
    const first = await house.grant('guest', 3)
    const [mine, other] = [grants.epochOf(guest), grants.epochOf({ kind: 'person', id: 'owner' })]
    const seen = [mine.value, other.value]
    await grants.revoke(first.id)
    assert.notEqual(mine.value, seen[0])
    assert.equal(other.value, seen[1])
  })

  it('move the epoch of a subject that had none', async () => {
    const { grants } = house.ecosystems
    const epoch = grants.epochOf(guest)
    const seen = epoch.value
    await house.grant('guest', 3)
    assert.notEqual(epoch.value, seen)
  })

  it('are so many and no more, for one subject and in all', async () => {
    house = await House.open({ bounds: { grants: 3, grantsPerSubject: 2 } })
    await house.person('guest')
    await house.person('owner')
    const first = await house.grant('guest', 3)
    await house.grant('guest', 2)
    await refuses(
      house.grant('guest', 1),
      'invalid_state',
      /grantsPerSubject of guest in home: .*2/,
    )
    await house.grant('owner', 1)
    await refuses(house.grant('owner', 2), 'invalid_state', /^grants: there are 3/)
    await house.ecosystems.grants.revoke(first.id)
    await house.grant('owner', 2)
  })

  it('are forgotten by memory, never by the store, when many were revoked since', async () => {
    house = await House.open({ bounds: { revokedGrants: 2 } })
    await house.person('guest')
    const { grants } = house.ecosystems
    const ids: string[] = []
    for (let number = 0; number < 4; number++) {
      const { id } = await house.grant('guest', 3)
      ids.push(id)
      house.clock.advance(1)
      await grants.revoke(id)
    }
    assert.deepEqual(
      grants.list({ includeRevoked: true }).map(({ id }) => id),
      ids.slice(2),
    )
    assert.equal((await house.store.load()).grants.length, 4)
  })
})
