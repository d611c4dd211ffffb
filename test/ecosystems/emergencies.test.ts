import assert from 'node:assert/strict'
import type { Emergencies, EmergencyNews } from '../../ecosystems/emergencies.ts'
import type { NewPlan } from '../../ecosystems/emergency-plans.ts'
import type { EmergencyPlanRow } from '../../ecosystems/store/store.ts'
import { until } from '../support/until.ts'
import { by, House, refuses } from './house.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs

describe('plans for emergencies', () => {
  let house: House
  let emergencies: Emergencies

  const plan = (more: Partial<NewPlan> = {}): Promise<EmergencyPlanRow> =>
    emergencies.plans.create({
      owner: 'owner',
      delegates: ['sister', 'neighbour'],
      ecosystem: 'home',
      uri: null,
      level: 2,
      waitMs: hourMs,
      ttlMs: dayMs,
      quorum: 1,
      notify: [],
      ...more,
    })
  const stateOf = (id: string): string | undefined => emergencies.get(id)?.state
  const granted = (): string[] =>
    house.ecosystems.grants
      .list()
      .filter(({ source }) => source === 'emergency')
      .map(({ subject }) => subject)

  beforeEach(async () => {
    house = await House.open({
      bounds: { plansPerOwner: 2, emergencyRequests: 1, endedEmergencies: 1 },
    })
    for (const id of ['owner', 'sister', 'neighbour', 'other']) await house.person(id)
    await house.grant('owner', 1)
    ;({ emergencies } = house.ecosystems)
  })

  it('name others, and no more of them must ask than there are', async () => {
    for (const [more, key] of [
      [{ delegates: [] }, /delegates/],
      [{ delegates: ['owner'] }, /delegates/],
      [{ quorum: 3 }, /quorum/],
      [{ quorum: 2, delegates: ['sister', 'sister'] }, /quorum/],
      [{ waitMs: 59_999 }, /wait/],
      [{ waitMs: 1_462 * dayMs }, /emergencyWaitMs/],
      [{ ttlMs: 0 }, /ttl/],
      [{ ttlMs: 367 * dayMs }, /emergencyTtlMs/],
      [{ level: 0 }, /level/],
      [{ uri: 'no uri' }, /uri/],
    ] as const)
      await refuses(plan(more), 'invalid_argument', key)
    await refuses(plan({ delegates: ['nobody'] }), 'not_found')
    await refuses(plan({ notify: ['nobody'] }), 'not_found')
    await refuses(plan({ ecosystem: 'moon' }), 'not_found')
  })

  it('are bounded for each owner; a revoked one makes room', async () => {
    const { id } = await plan()
    await plan()
    await refuses(plan(), 'invalid_state', /plansPerOwner/)
    await emergencies.revokePlan(id, by)
    await plan()
  })

  it('are bounded in all, and in those who may ask by one or hear of it', async () => {
    house = await House.open({ bounds: { emergencyPlans: 1, delegatesPerPlan: 1 } })
    for (const id of ['owner', 'sister', 'neighbour']) await house.person(id)
    ;({ emergencies } = house.ecosystems)
    await refuses(plan(), 'invalid_argument', /delegatesPerPlan/)
    const delegates = ['sister']
    const notify = ['sister', 'neighbour']
    await refuses(plan({ delegates, notify }), 'invalid_argument', /delegatesPerPlan/)
    await plan({ delegates })
    await refuses(plan({ delegates, owner: 'neighbour' }), 'invalid_state', /emergencyPlans/)
  })

  it('are shown for a while when they are revoked, the last ones, also after a restart', async () => {
    const ids: string[] = []
    for (let i = 0; i < 3; i++) {
      const { id } = await plan()
      ids.push(id)
      house.clock.advance(1)
      await emergencies.plans.revoke(id)
    }
    const kept = await plan()
    const again = await House.open({ store: house.store, bounds: { endedEmergencies: 1 } })
    for (const { plans } of [emergencies, again.ecosystems.emergencies])
      assert.deepEqual(new Set(plans.list(true).map(({ id }) => id)), new Set([ids[2], kept.id]))
    await refuses(emergencies.plans.revoke(ids[0] ?? ''), 'not_found')
  })

  it('grant nothing before the last millisecond of the wait is over, and then to those who asked', async () => {
    const { id } = await plan()
    const row = await emergencies.request(id, 'sister')
    house.clock.advance(hourMs - 1)
    await emergencies.request(id, 'neighbour')
    assert.deepEqual([stateOf(row.id), granted()], ['waiting', []])
    house.clock.advance(1)
    await until(() => stateOf(row.id) === 'granted')
    assert.deepEqual(granted(), ['sister', 'neighbour'])
    assert.equal(house.clock.waiting, 0, 'nothing is waited for any more')
  })

  it('are for delegates only, and by the plan’s own name', async () => {
    const { id } = await plan()
    await refuses(emergencies.request(id, 'other'), 'not_found')
    await refuses(emergencies.request('ep_none', 'sister'), 'not_found')
    await emergencies.revokePlan(id, by)
    await refuses(emergencies.request(id, 'sister'), 'not_found')
  })

  it('stay vetoed though the disk fails at that moment: nothing is granted when the wait is over', async () => {
    const { id } = await plan()
    const row = await emergencies.request(id, 'sister')
    house.store.broken = true
    await refuses(emergencies.veto(row.id, by), 'unavailable')
    assert.equal(stateOf(row.id), 'vetoed')
    house.clock.advance(hourMs)
    house.store.broken = false
    await emergencies.veto(row.id, by)
    assert.deepEqual(granted(), [])
    assert.equal((await house.restarted()).emergencies.get(row.id)?.state, 'vetoed')
  })

  it('come to nothing when the veto comes while it is being granted', async () => {
    const { id } = await plan()
    const row = await emergencies.request(id, 'sister')
    // The timer has it stored; the veto is said before that has come back.
    house.clock.advance(hourMs)
    const vetoed = await emergencies.veto(row.id, by)
    await until(() => stateOf(row.id) === 'vetoed')
    assert.equal(vetoed.state, 'vetoed')
    assert.deepEqual(granted(), [])
    assert.deepEqual(
      (await house.restarted()).grants.list().map(({ source }) => source),
      ['grant'],
    )
  })

  it('are tried again when the disk fails as the wait is over', async () => {
    const { id } = await plan()
    const row = await emergencies.request(id, 'sister')
    house.store.broken = true
    house.clock.advance(hourMs)
    await until(() => house.alarms.length > 0)
    assert.deepEqual(granted(), [])
    house.store.broken = false
    await until(() => house.clock.waiting > 0)
    house.clock.advance(30_000)
    await until(() => stateOf(row.id) === 'granted')
    assert.deepEqual(granted(), ['sister'])
  })

  it('are taken up again after a restart, also where the wait was over meanwhile', async () => {
    const { id } = await plan()
    const row = await emergencies.request(id, 'sister')
    emergencies.close()
    house.clock.advance(2 * hourMs)
    assert.deepEqual(granted(), [])
    const again = await house.restarted()
    house.clock.advance(0)
    await until(() => again.emergencies.get(row.id)?.state === 'granted')
    await again.close()
  })

  it('forget a voice to which no other came for a month', async () => {
    const { id } = await plan({ quorum: 2 })
    await emergencies.request(id, 'sister')
    house.clock.advance(30 * dayMs)
    const row = await emergencies.request(id, 'neighbour')
    assert.deepEqual([row.state, row.requesters.length], ['gathering', 1])
    assert.equal((await emergencies.request(id, 'sister')).state, 'waiting')
  })

  it('count no voice of whoever was shut out meanwhile', async () => {
    const { id } = await plan({ quorum: 2 })
    await emergencies.request(id, 'neighbour')
    const row = await emergencies.request(id, 'sister')
    await house.ecosystems.people.disable('neighbour')
    house.clock.advance(hourMs)
    await until(() => stateOf(row.id) !== 'waiting')
    assert.equal(stateOf(row.id), 'withdrawn')
    assert.deepEqual(granted(), [])
    const again = await emergencies.request(id, 'sister')
    await emergencies.approve(again.id, by)
    assert.deepEqual(granted(), ['sister'])
  })

  it('are bounded: so many are open or in force at the same time, so many of the others are shown', async () => {
    const first = await plan()
    const second = await plan({ delegates: ['other'] })
    const row = await emergencies.request(first.id, 'sister')
    await refuses(emergencies.request(second.id, 'other'), 'invalid_state', /emergencyRequests/)
    await emergencies.veto(row.id, by)
    const next = await emergencies.request(second.id, 'other')
    await emergencies.veto(next.id, by)
    assert.deepEqual(
      emergencies.list(true).map(({ id }) => id),
      [next.id],
    )
  })

  it('fall with an account that was in wrong hands, as far as they were made then', async () => {
    const kept = await plan()
    house.clock.advance(hourMs)
    const since = house.clock.now()
    const { id } = await plan({ delegates: ['other'] })
    const row = await emergencies.request(id, 'other')
    const cut = await house.ecosystems.panics.panic({ person: 'owner', since })
    assert.ok(cut.plans.includes(id))
    assert.equal(stateOf(row.id), 'withdrawn')
    assert.deepEqual(
      emergencies.plans.list().map((each) => each.id),
      [kept.id],
    )
  })

  it('tell of each step, and of the owner’s silence as nobody’s doing', async () => {
    const told: EmergencyNews[] = []
    emergencies.onChanged((news) => told.push(news))
    const { id } = await plan({ quorum: 2 })
    for (const person of ['sister', 'sister', 'neighbour']) await emergencies.request(id, person)
    house.clock.advance(hourMs)
    await until(() => told.length === 3)
    await emergencies.revokePlan(id, by)
    assert.deepEqual(
      told.map(({ request, by: who }) => [request.state, who]),
      [
        ['gathering', 'person:sister'],
        ['waiting', 'person:neighbour'],
        ['granted', null],
        ['withdrawn', by],
      ],
    )
    assert.deepEqual(granted(), [])
  })
})
