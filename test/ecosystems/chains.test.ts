import assert from 'node:assert/strict'
import type { NewGrant } from '../../ecosystems/grant-terms.ts'
import type { GrantRow } from '../../ecosystems/store/store.ts'
import { by, House, refuses } from './house.ts'

const hour = 3_600_000

describe('a chain of grants', () => {
  let house: House

  beforeEach(async () => {
    house = await House.open()
    for (const id of ['owner', 'guest', 'friend', 'third']) await house.person(id)
  })

  function give(
    to: string,
    level: number,
    more: Partial<NewGrant> & { parent?: string | null } = {},
  ): Promise<GrantRow> {
    return house.ecosystems.grants.create({
      subject: { kind: 'person', id: to },
      ecosystem: 'home',
      level,
      by,
      ...more,
    })
  }

  const levelOf = (id: string): number =>
    house.ecosystems.holdings.levelIn({ kind: 'person', id }, 'home', house.clock.now())

  /** owner (1) gave guest (3), who gave friend (3), who gave third (4). */
  async function chain(first: Partial<NewGrant> = {}): Promise<GrantRow[]> {
    const root = await give('owner', 1)
    const one = await give('guest', 3, {
      parent: root.id,
      by: 'person:owner',
      delegable: 2,
      ...first,
    })
    const two = await give('friend', 3, { parent: one.id, by: 'person:guest', delegable: 1 })
    const three = await give('third', 4, { parent: two.id, by: 'person:friend' })
    return [root, one, two, three]
  }

  it('counts while all of it is in force, and falls at once from where it is cut', async () => {
    const [, one] = await chain()
    assert.deepEqual(['guest', 'friend', 'third'].map(levelOf), [3, 3, 4])
    const revoked = house.ecosystems.grants.revoke(one?.id ?? '')
    assert.deepEqual(['owner', 'guest', 'friend', 'third'].map(levelOf), [
      1,
      Infinity,
      Infinity,
      Infinity,
    ])
    await revoked
    const later = await house.restarted()
    assert.equal(
      later.holdings.levelIn({ kind: 'person', id: 'third' }, 'home', house.clock.now()),
      Infinity,
    )
  })

  it('moves the epochs of all below, and tells of them', async () => {
    const [root] = await chain()
    const { grants } = house.ecosystems
    const ids = ['owner', 'guest', 'friend', 'third']
    const counters = ids.map((id) => grants.epochOf({ kind: 'person', id }))
    const seen = counters.map(({ value }) => value)
    const told: string[] = []
    house.ecosystems.onWithdrawn(({ kind, id }) => {
      // Denied by then.
      assert.equal(levelOf(id), Infinity)
      told.push(`${kind}:${id}`)
    })
    const { store } = house
    store.broken = true
    await refuses(grants.revoke(root?.id ?? ''), 'unavailable')
    counters.forEach(({ value }, index) => assert.notEqual(value, seen[index]))
    assert.deepEqual(told.toSorted(), ids.map((id) => `person:${id}`).toSorted())
  })

  it('is closed with the hours of what is above', async () => {
    const opens = house.clock.now() + hour
    await chain({ notBefore: opens, expiresAt: opens + hour })
    assert.equal(levelOf('third'), Infinity)
    house.clock.advance(hour)
    assert.equal(levelOf('third'), 4)
    house.clock.advance(hour)
    assert.equal(levelOf('third'), Infinity)
  })

  it('is set aside and lifted with what is above', async () => {
    const [, one] = await chain()
    await house.ecosystems.grants.suspend(one?.id ?? '')
    assert.equal(levelOf('third'), Infinity)
    assert.equal(
      house.ecosystems.holdings.stateOf(house.ecosystems.grants.get(one?.id ?? '') ?? one!, 0),
      'suspended',
    )
    await house.ecosystems.grants.lift(one?.id ?? '')
    assert.equal(levelOf('third'), 4)
  })

  it('hangs on who delegated it, and not on the owner’s account', async () => {
    await chain()
    await house.ecosystems.people.disable('owner')
    assert.equal(levelOf('third'), 4)
    const told: string[] = []
    house.ecosystems.onWithdrawn(({ id }) => told.push(id))
    await house.ecosystems.people.disable('guest')
    assert.deepEqual(told, ['friend', 'third'])
    assert.deepEqual(['friend', 'third'].map(levelOf), [Infinity, Infinity])
    await house.ecosystems.people.enable('guest')
    assert.equal(levelOf('third'), 4)
  })

  it('falls when whoever gave it leaves the group that was trusted', async () => {
    const { groups } = house.ecosystems
    const member = { kind: 'person', id: 'owner' } as const
    await groups.create({ id: 'family', ecosystem: 'home', by })
    await groups.add('family', member, by)
    const root = await give('family', 1, { subject: { kind: 'group', id: 'family' } })
    await give('guest', 3, { parent: root.id, by: 'person:owner' })
    assert.equal(levelOf('guest'), 3)
    await groups.remove('family', member)
    assert.equal(levelOf('guest'), Infinity)
  })

  it('reaches over a span only while that is there, and as far', async () => {
    const { directory, spans } = house.ecosystems
    await directory.create({ id: 'life', realm: 'home' })
    await spans.span({ parent: 'life', child: 'home', levels: { '1': 2 } })
    const root = await give('owner', 1, { ecosystem: 'life' })
    await give('guest', 2, { parent: root.id, by: 'person:owner' })
    assert.equal(levelOf('guest'), 2)
    await spans.span({ parent: 'life', child: 'home', levels: { '1': 3 } })
    assert.equal(levelOf('guest'), Infinity)
    await spans.span({ parent: 'life', child: 'home', levels: { '1': 1 } })
    assert.equal(levelOf('guest'), 2)
    await spans.unspan('life', 'home')
    assert.equal(levelOf('guest'), Infinity)
  })

  it('does not let go of what it forbids when whoever forbade it is gone', async () => {
    const root = await give('owner', 1)
    await give('guest', 3)
    await give('guest', 99, { effect: 'deny', uri: 'lamp.', parent: root.id, by: 'person:owner' })
    await house.ecosystems.grants.revoke(root.id)
    const sought = {
      ecosystem: 'home',
      uri: 'lamp.switch',
      match: 'exact',
      action: 'call',
    } as const
    const { active } = house.ecosystems.holdings.held(
      { subject: { kind: 'person', id: 'guest' }, ...sought },
      house.clock.now(),
      () => undefined,
    )
    assert.deepEqual(active.map(({ grant }) => grant.effect).toSorted(), ['deny', 'level'])
  })

  it('is so long and no longer', async () => {
    house = await House.open({ bounds: { chainDepth: 3 } })
    for (const id of ['owner', 'guest']) await house.person(id)
    const { grants } = house.ecosystems
    const owner = { subject: { kind: 'person', id: 'owner' }, cap: 1 } as const
    const gift = { ecosystem: 'home', level: 1 }
    let parent: string | null = null
    for (let depth = 0; depth < 3; depth++) {
      const row: GrantRow = await give('owner', 1, { parent, by: 'person:owner' })
      parent = row.id
    }
    // Two hands above the last one: what it gives has three.
    assert.equal(levelOf('owner'), 1)
    const row = await give('guest', 1, { parent, by: 'person:owner' })
    assert.equal(levelOf('guest'), 1)
    await give('guest', 1, { parent: row.id, by: 'person:guest' })
    await grants.revoke(row.id)
    assert.equal(levelOf('guest'), Infinity)
    assert.ok('parent' in (grants.mayGive(owner, gift) ?? {}))
  })
})
