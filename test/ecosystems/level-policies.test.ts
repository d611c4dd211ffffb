import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { LevelPolicy } from '../../ecosystems/level-policies.ts'
import { by, House, refuses } from './house.ts'

const tv: LevelPolicy = {
  ecosystem: 'home',
  level: 3,
  uri: 'tv.',
  match: 'prefix',
  effect: 'deny',
}

describe('policies of levels', () => {
  let house: House

  beforeEach(async () => {
    house = await House.open()
  })

  const effect = (level: number, uri = 'tv.play'): string | undefined =>
    house.ecosystems.policies.effectAt('home', level, 'call', { uri, match: 'exact' })

  it('shut a level and all worse ones out, or let a level and all better ones in', async () => {
    const { policies } = house.ecosystems
    const deny = await policies.set(tv, by)
    assert.deepEqual(
      [2, 3, 4].map((level) => effect(level)),
      [undefined, 'deny', 'deny'],
    )
    const allow = await policies.set(
      { ...tv, uri: 'safe.open', match: 'exact', effect: 'allow' },
      by,
    )
    assert.deepEqual(
      [2, 3, 4].map((level) => effect(level, 'safe.open')),
      ['allow', 'allow', undefined],
    )
    assert.deepEqual(policies.of('home'), [deny, allow])
    assert.deepEqual((await house.restarted()).policies.of('home'), [deny, allow])
  })

  it('say no before they say yes', async () => {
    const { policies } = house.ecosystems
    await policies.set({ ...tv, effect: 'allow' }, by)
    await policies.set({ ...tv, level: 2, uri: 'tv.play', match: 'exact' }, by)
    assert.deepEqual(
      [1, 2, 3].map((level) => effect(level)),
      ['allow', 'deny', 'deny'],
    )
  })

  it('are about the actions that they name', async () => {
    const { policies } = house.ecosystems
    await policies.set({ ...tv, actions: ['publish'] }, by)
    assert.equal(effect(3), undefined)
    await refuses(policies.set({ ...tv, actions: [] }, by), 'invalid_argument', /^actions:/)
  })

  it('shut out at once and let in when that is stored; the other way round when they are removed', async () => {
    const { policies } = house.ecosystems
    const epoch = policies.epochOf('home')
    const seen = epoch.value
    let held = house.store.hold()
    let change: Promise<unknown> = policies.set(tv, by)
    assert.equal(effect(3), 'deny')
    assert.notEqual(epoch.value, seen)
    await held
    house.store.release()
    await change

    const [deny] = policies.of('home')
    held = house.store.hold()
    change = policies.remove(deny?.id ?? '')
    await held
    assert.equal(effect(3), 'deny')
    house.store.release()
    await change
    assert.equal(effect(3), undefined)

    held = house.store.hold()
    change = policies.set({ ...tv, effect: 'allow' }, by)
    await held
    assert.equal(effect(3), undefined)
    house.store.release()
    await change
    assert.equal(effect(3), 'allow')

    const [allow] = policies.of('home')
    held = house.store.hold()
    change = policies.remove(allow?.id ?? '')
    assert.equal(effect(3), undefined)
    await held
    house.store.release()
    await change
    assert.deepEqual((await house.restarted()).policies.of('home'), [])
  })

  it('stay as strict when that cannot be stored, and can be asked for again', async () => {
    const { policies } = house.ecosystems
    house.store.broken = true
    await refuses(policies.set(tv, by), 'unavailable')
    assert.equal(effect(3), 'deny')
    house.store.broken = false
    const row = await policies.set(tv, by)
    assert.deepEqual(policies.of('home'), [row])
    assert.deepEqual((await house.restarted()).policies.of('home'), [row])
    house.store.commits.length = 0
    assert.deepEqual(await policies.set(tv, by), row)
    assert.deepEqual(house.store.commits, [])
    await policies.remove(row.id)

    const allow = await policies.set({ ...tv, effect: 'allow' }, by)
    house.store.broken = true
    await refuses(policies.remove(allow.id), 'unavailable')
    assert.equal(effect(3), undefined)
    house.store.broken = false
    await policies.remove(allow.id)
    await refuses(policies.remove(allow.id), 'not_found', /no policy/)
    assert.deepEqual((await house.restarted()).policies.of('home'), [])
  })

  it('are about a URI, or what begins so up to a dot, in an ecosystem that exists', async () => {
    const { policies } = house.ecosystems
    await refuses(policies.set({ ...tv, uri: 'tv' }, by), 'invalid_argument', /ends in a dot/)
    await refuses(policies.set({ ...tv, match: 'exact' }, by), 'invalid_argument', /^uri:/)
    await refuses(policies.set({ ...tv, uri: 'a b.' }, by), 'invalid_argument', /^uri:/)
    await refuses(policies.set({ ...tv, level: 0 }, by), 'invalid_argument', /^level:/)
    await refuses(policies.set({ ...tv, ecosystem: 'x' }, by), 'not_found')
  })

  it('are so many and no more', async () => {
    house = await House.open({ bounds: { policiesPerEcosystem: 1 } })
    await house.ecosystems.policies.set(tv, by)
    await refuses(
      house.ecosystems.policies.set({ ...tv, level: 2 }, by),
      'invalid_state',
      /policiesPerEcosystem of home: there are 1/,
    )
  })

  it('never let a worse level do what a better one cannot', async () => {
    const policy = fc.record({
      ecosystem: fc.constant('home'),
      level: fc.integer({ min: 1, max: 5 }),
      uri: fc.constantFrom('tv.', 'tv.play.'),
      match: fc.constant('prefix' as const),
      effect: fc.constantFrom('allow' as const, 'deny' as const),
    })
    await fc.assert(
      fc.asyncProperty(
        fc.array(policy, { maxLength: 6 }),
        fc.integer({ min: 1, max: 5 }),
        async (list, required) => {
          house = await House.open()
          for (const each of list) await house.ecosystems.policies.set(each, by)
          const may = (level: number): boolean => {
            const said = effect(level, 'tv.play.now')
            return said === 'allow' || (said === undefined && level <= required)
          }
          for (let level = 2; level <= 6; level++) assert.ok(!may(level) || may(level - 1))
        },
      ),
      { numRuns: 100 },
    )
  })
})
