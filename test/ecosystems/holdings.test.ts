import assert from 'node:assert/strict'
import type { EpochCounter } from '../../ecosystems/epochs.ts'
import type { NewGrant } from '../../ecosystems/grant-terms.ts'
import type { Held, Sought } from '../../ecosystems/holdings.ts'
import { identityKey } from '../../ecosystems/identities.ts'
import type { GrantRow } from '../../ecosystems/store/store.ts'
import { by, House, issuer, refuses } from './house.ts'

const guest = { kind: 'person', id: 'guest' } as const
const hour = 3_600_000

describe('what somebody holds', () => {
  let house: House

  beforeEach(async () => {
    house = await House.open()
    await house.person('guest')
    await house.device('lamp')
    await house.ecosystems.idps.add({ issuer, clientId: 'latchkey' })
  })

  const give = (level: number, more: Partial<NewGrant> = {}): Promise<GrantRow> =>
    house.ecosystems.grants.create({ subject: guest, ecosystem: 'home', level, by, ...more })

  const counters = new Map<EpochCounter, number>()
  const held = (more: Partial<Sought> = {}): Held => {
    counters.clear()
    return house.ecosystems.holdings.held(
      {
        subject: guest,
        ecosystem: 'home',
        device: 'lamp',
        uri: 'lamp.switch',
        match: 'exact',
        action: 'call',
        ...more,
      },
      house.clock.now(),
      (counter) => counters.set(counter, counter.value),
    )
  }
  const levels = (more: Partial<Sought> = {}): number[] =>
    held(more)
      .active.map(({ level }) => level)
      .toSorted((a, b) => a - b)
  const isStale = (): boolean => [...counters].some(([counter, seen]) => counter.value !== seen)

  it('is what was given to the party, to its groups and to its identities', async () => {
    const { groups, identities } = house.ecosystems
    await give(5)
    await groups.create({ id: 'friends', ecosystem: 'home', by })
    await give(4, { subject: { kind: 'group', id: 'friends' } })
    await give(3, { subject: { kind: 'identity', id: identityKey(issuer, 'guest') } })
    assert.deepEqual(levels(), [3, 5])
    await groups.add('friends', guest, by)
    assert.ok(isStale())
    assert.deepEqual(levels(), [3, 4, 5])
    const disabled = identities.disable({ issuer, subject: 'guest', reason: 'told so' })
    assert.ok(isStale())
    assert.deepEqual(levels(), [4, 5])
    await disabled
    await groups.remove('friends', guest)
    assert.ok(isStale())
    assert.deepEqual(levels(), [5])
  })

  it('falls with every change of what was given, to whomever it was', async () => {
    const { groups, grants } = house.ecosystems
    await groups.create({ id: 'friends', ecosystem: 'home', by })
    await groups.add('friends', guest, by)
    for (const subject of [
      guest,
      { kind: 'group', id: 'friends' },
      { kind: 'identity', id: identityKey(issuer, 'guest') },
    ] as const) {
      held()
      const { id } = await give(4, { subject })
      assert.ok(isStale(), subject.kind)
      held()
      const revoked = grants.revoke(id)
      assert.ok(isStale(), subject.kind)
      await revoked
    }
  })

  it('comes over spans, by their maps, and what is forbidden above is forbidden below', async () => {
    const { directory, spans } = house.ecosystems
    await directory.create({ id: 'life', realm: 'away' })
    await spans.span({ parent: 'life', child: 'home', levels: { '1': 1, '2': 4 } })
    await give(2, { ecosystem: 'life' })
    const { active } = held()
    assert.deepEqual(
      active.map(({ level, through }) => [level, through]),
      [[4, ['life']]],
    )
    await give(9, { ecosystem: 'life', effect: 'deny', uri: 'lamp.' })
    assert.deepEqual(
      held().active.map(({ grant }) => grant.effect),
      ['level', 'deny'],
    )
    await spans.unspan('life', 'home')
    assert.ok(isStale())
    assert.deepEqual(levels(), [])
  })

  it('is for its device, its names and its actions, and a pattern only if it covers all of it', async () => {
    await give(3, { device: 'lamp', uri: 'lamp.', actions: ['call', 'subscribe'] })
    assert.deepEqual(levels(), [3])
    assert.deepEqual(levels({ action: 'publish' }), [])
    assert.deepEqual(levels({ device: 'tv' }), [])
    assert.deepEqual(levels({ uri: 'lamp2.switch' }), [])
    const subscribe = { action: 'subscribe' } as const
    assert.deepEqual(levels({ ...subscribe, uri: 'lamp.on.', match: 'prefix' }), [3])
    assert.deepEqual(levels({ ...subscribe, uri: 'lam', match: 'prefix' }), [])
    assert.deepEqual(levels({ ...subscribe, uri: 'lamp..x', match: 'wildcard' }), [3])
    await give(99, { effect: 'deny', uri: 'lamp.on.change' })
    assert.deepEqual(levels({ ...subscribe, uri: 'lamp.on.', match: 'prefix' }), [3, 99])
    assert.deepEqual(levels({ ...subscribe, uri: 'lamp.off.', match: 'prefix' }), [3])
  })

  it('says what is of no use now, why, and until when that is so', async () => {
    const now = house.clock.now()
    const later = await give(3, { notBefore: now + hour, expiresAt: now + 5 * hour })
    assert.deepEqual(
      held().idle.map(({ grant, reason }) => [grant.id, reason]),
      [[later.id, 'not_yet']],
    )
    assert.equal(held().until, now + hour)
    house.clock.advance(hour)
    assert.deepEqual([levels(), held().until], [[3], now + 5 * hour])
    house.clock.advance(4 * hour)
    assert.deepEqual(
      held().idle.map(({ reason }) => reason),
      ['over'],
    )
    const counted = await give(3, { uses: { '*': 1 } })
    await house.ecosystems.uses.take(counted, 'lamp.switch')
    const aside = await give(3)
    await house.ecosystems.grants.suspend(aside.id)
    await give(3, { parent: aside.id })
    await give(3, { schedule: 'tue 03:00-03:01 UTC' })
    assert.deepEqual(
      held().idle.map(({ reason }) => reason),
      ['over', 'used_up', 'suspended', 'dead_link', 'outside_hours'],
    )
    assert.ok(Number.isFinite(held().until))
  })

  it('is nothing when all of it is used up, and something while a name of it is not', async () => {
    const { holdings, uses } = house.ecosystems
    const holds = (): boolean => holdings.holdsIn(guest, 'home', house.clock.now())
    const one = await give(3, { uri: 'lamp.switch', effect: 'allow', uses: { 'lamp.switch': 1 } })
    assert.equal(holds(), true)
    await uses.take(one, 'lamp.switch')
    assert.equal(holds(), false)
    assert.equal(holdings.stateOf(one, house.clock.now()), 'used_up')
    const most = await give(3, { uses: { 'lamp.switch': 1 } })
    await uses.take(most, 'lamp.switch')
    assert.equal(holds(), true)
    assert.equal(holdings.stateOf(most, house.clock.now()), 'in_force')
  })

  it('of names of a person is what that person gave, whatever is held elsewhere', async () => {
    await give(1)
    await give(99, { ecosystem: null, uri: 'user.owner.prefs.' })
    const sought = { ecosystem: null, uri: 'user.owner.prefs.light' }
    assert.deepEqual(levels(sought), [99])
    assert.deepEqual(levels({ ...sought, uri: 'user.owner.diary' }), [])
    for (const [more, message] of [
      [{ ecosystem: null }, /: uri: .*names/],
      [{ ecosystem: null, uri: 'lamp.switch' }, /: uri/],
      [{ ecosystem: null, uri: 'user.' }, /: uri/],
      [{ ecosystem: null, uri: 'user.owner.x', device: 'lamp' }, /: device/],
      [{ uri: 'user.owner.prefs' }, /: uri/],
      [{ uri: 'latchkey.grant.create' }, /: uri/],
      [{ effect: 'allow' }, /: uri/],
      [{ device: 'tv' }, /no device "tv"/],
      [{ expiresAt: 1 }, /: expires/],
      [{ notBefore: 9e12, expiresAt: 8e12 }, /: expires/],
      [{ actions: [] }, /: actions/],
      [{ delegable: 8 }, /: delegable/],
      [{ effect: 'deny', delegable: 1, uri: 'lamp.' }, /: delegable/],
      [{ purpose: '' }, /: purpose/],
      [{ schedule: 'now and then' }, /: schedule/],
    ] as const)
      await assert.rejects(give(3, more), message)
  })

  it('for all of an ecosystem is the best level that is for everything there', async () => {
    const { holdings } = house.ecosystems
    const level = (): number => holdings.levelIn(guest, 'home', house.clock.now())
    await give(1, { uri: 'lamp.' })
    await give(1, { device: 'lamp' })
    await give(1, { actions: ['call'] })
    await give(1, { uses: { '*': 5 } })
    await give(1, { notBefore: house.clock.now() + hour })
    assert.equal(level(), Infinity)
    await give(4)
    assert.equal(level(), 4)
    house.clock.advance(hour)
    assert.equal(level(), 1)
    await give(99, { effect: 'deny', uri: 'lamp.' })
    assert.equal(level(), 1)
    await give(99, { effect: 'deny' })
    assert.equal(level(), Infinity)
  })
})

describe('what is forbidden', () => {
  let house: House

  beforeEach(async () => {
    house = await House.open()
    await house.person('guest')
    await house.grant('guest', 3)
  })

  const forbid = (): Promise<GrantRow> =>
    house.ecosystems.grants.create({
      subject: guest,
      ecosystem: 'home',
      level: 99,
      effect: 'deny',
      uri: 'lamp.',
      by,
    })
  const isForbidden = (domain = house.ecosystems): boolean =>
    domain.holdings
      .held(
        { subject: guest, ecosystem: 'home', uri: 'lamp.x', match: 'exact', action: 'call' },
        house.clock.now(),
        () => undefined,
      )
      .active.some(({ grant }) => grant.effect === 'deny')

  it('is so for whoever listens, too, and however often it was asked for', async () => {
    const { grants, holdings } = house.ecosystems
    const forbidden = { subject: guest, ecosystem: 'home', level: 99, effect: 'deny', by } as const
    await grants.create({ ...forbidden, uri: 'lamp.', uses: { '*': 1 } })
    for (const action of ['call', 'subscribe'] as const) {
      const sought = { subject: guest, ecosystem: 'home', uri: 'lamp.x', match: 'exact' } as const
      const { active } = holdings.held({ ...sought, action }, house.clock.now(), () => undefined)
      assert.ok(active.some(({ grant }) => grant.effect === 'deny'))
    }
  })

  it('is so at once, told of, and stays so in memory when the disk fails', async () => {
    const told: string[] = []
    house.ecosystems.onWithdrawn(({ id }) => told.push(id))
    const arrived = house.store.hold()
    const forbidden = forbid()
    await arrived
    assert.ok(isForbidden())
    assert.deepEqual(told, ['guest'])
    house.store.broken = true
    house.store.release()
    await refuses(forbidden, 'unavailable')
    assert.ok(isForbidden())
  })

  it('is allowed again when that is stored, and not before', async () => {
    const { id } = await forbid()
    const { grants } = house.ecosystems
    house.store.broken = true
    await refuses(grants.revoke(id), 'unavailable')
    assert.ok(isForbidden())
    house.store.broken = false
    const arrived = house.store.hold()
    const revoked = grants.revoke(id)
    await arrived
    assert.ok(isForbidden())
    house.store.release()
    await revoked
    assert.ok(!isForbidden())
    assert.ok(!isForbidden(await house.restarted()))
  })

  it('can be repeated after a failing disk, and ended', async () => {
    house.store.broken = true
    await refuses(forbid(), 'unavailable')
    house.store.broken = false
    const [row] = house.ecosystems.grants.list().filter(({ effect }) => effect === 'deny')
    await house.ecosystems.grants.revoke(row?.id ?? '')
    assert.ok(!isForbidden())
    assert.ok(!isForbidden(await house.restarted()))
  })

  it('is set aside when that is stored, and forbidden again at once', async () => {
    const { id } = await forbid()
    const { grants } = house.ecosystems
    await grants.suspend(id)
    assert.ok(!isForbidden())
    const lifted = grants.lift(id)
    assert.ok(isForbidden())
    await lifted
    assert.ok(isForbidden(await house.restarted()))
  })
})
