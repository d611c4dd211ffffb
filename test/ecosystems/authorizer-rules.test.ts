import assert from 'node:assert/strict'
import { isWithinScope, type AuthorizerRule } from '../../ecosystems/authorizer-rules.ts'
import type { Pattern } from '../../ecosystems/pattern.ts'
import { by, House, refuses } from './house.ts'

const rule: AuthorizerRule = {
  realm: 'home',
  procedure: 'com.example.authorize',
  scope: 'lamp.',
  mode: 'narrow',
  timeoutMs: 500,
}

const exact = (uri: string): Pattern => ({ uri, match: 'exact' })

describe("integrators' rules", () => {
  let house: House

  beforeEach(async () => {
    house = await House.open()
  })

  const modes = (uri = 'lamp.switch', realm = 'home'): string[] =>
    house.ecosystems.authorizerRules.reaching(realm, exact(uri)).map(({ mode }) => mode)

  it('are kept with whoever made them, per realm, and are there after a restart', async () => {
    const { authorizerRules } = house.ecosystems
    const row = await authorizerRules.add(rule, by)
    assert.deepEqual(row, { ...rule, createdBy: by, createdAt: house.clock.now() })
    assert.deepEqual(authorizerRules.of('home'), [row])
    assert.deepEqual(authorizerRules.of('away'), [])
    assert.deepEqual(modes('lamp.switch', 'away'), [])
    assert.deepEqual((await house.restarted()).authorizerRules.of('home'), [row])
  })

  it('are about what begins so, at a dot, or about everything', async () => {
    const { authorizerRules } = house.ecosystems
    const cases: readonly (readonly [string, Pattern, boolean, boolean])[] = [
      ['lamp.', exact('lamp.switch'), true, true],
      ['lamp.', exact('lamp'), false, false],
      ['lamp.', exact('lamp2.switch'), false, false],
      ['lamp', exact('lamp'), true, true],
      ['lamp', exact('lamp.switch'), true, true],
      ['lamp', exact('lamp2.switch'), false, false],
      ['lamp.switch', exact('lamp.switch'), true, true],
      ['lamp.switch', exact('lamp.state'), false, false],
      ['', exact('safe.open'), true, true],
      // A pattern of which a part is meant is not all of it.
      ['lamp.switch', { uri: 'lamp.', match: 'prefix' }, true, false],
      ['lamp.', { uri: 'lamp.', match: 'prefix' }, true, true],
      ['lamp.', { uri: 'lamp..state', match: 'wildcard' }, true, true],
      ['safe.', { uri: 'lamp..state', match: 'wildcard' }, false, false],
    ]
    for (const [scope, asked, reaches, isWithin] of cases) {
      await authorizerRules.add({ ...rule, scope }, by)
      const text = `${scope} ${asked.match} ${asked.uri}`
      assert.equal(authorizerRules.reaching('home', asked).length, reaches ? 1 : 0, text)
      assert.equal(isWithinScope({ scope }, asked), isWithin, text)
      await authorizerRules.remove('home', rule.procedure)
    }
  })

  it('that say the same are one; another for the same procedure is a conflict', async () => {
    const { authorizerRules } = house.ecosystems
    const row = await authorizerRules.add(rule, by)
    house.clock.advance(1_000)
    assert.deepEqual(await authorizerRules.add(rule, 'person:owner'), row)
    for (const other of [{ scope: 'tv.' }, { mode: 'replace' }, { timeoutMs: 400 }] as const)
      await refuses(authorizerRules.add({ ...rule, ...other }, by), 'conflict', /remove it first/)
    await authorizerRules.add({ ...rule, realm: 'away', scope: 'tv.' }, by)
    await authorizerRules.remove('home', rule.procedure)
    await refuses(authorizerRules.remove('home', rule.procedure), 'not_found')
    assert.equal(authorizerRules.of('away').length, 1)
  })

  it('refuse at once, before that is stored, also where it cannot be', async () => {
    const { authorizerRules, epoch } = house.ecosystems
    const before = epoch.value
    const moved = authorizerRules.epochOf('home')
    const seen = moved.value
    const adding = authorizerRules.add(rule, by)
    assert.deepEqual(modes(), ['narrow'])
    assert.ok(epoch.value > before && moved.value > seen)
    await adding
    house.store.broken = true
    await refuses(
      authorizerRules.add({ ...rule, procedure: 'com.example.other' }, by),
      'unavailable',
    )
    assert.deepEqual(modes(), ['narrow', 'narrow'])
  })

  it('refuse until it is stored that they are gone', async () => {
    const { authorizerRules } = house.ecosystems
    await authorizerRules.add(rule, by)
    const removing = authorizerRules.remove('home', rule.procedure)
    assert.deepEqual(modes(), ['narrow'])
    await removing
    assert.deepEqual(modes(), [])
    await authorizerRules.add(rule, by)
    house.store.broken = true
    await refuses(authorizerRules.remove('home', rule.procedure), 'unavailable')
    assert.deepEqual(modes(), ['narrow'])
  })

  it('count instead of the house only while it is stored that they do', async () => {
    const { authorizerRules } = house.ecosystems
    const replacing = { ...rule, mode: 'replace' } as const
    const adding = authorizerRules.add(replacing, by)
    assert.deepEqual(modes(), ['narrow'])
    await adding
    assert.deepEqual(modes(), ['replace'])
    house.store.broken = true
    await refuses(authorizerRules.remove('home', rule.procedure), 'unavailable')
    assert.deepEqual(modes(), ['narrow'])
    house.store.broken = false
    await authorizerRules.remove('home', rule.procedure)
    assert.deepEqual(modes(), [])
  })

  it('tell whoever listens of each change, by realm', async () => {
    const { authorizerRules } = house.ecosystems
    const told: string[] = []
    const stop = authorizerRules.onChanged((realm) => told.push(realm))
    await authorizerRules.add(rule, by)
    assert.deepEqual([...new Set(told)], ['home'])
    stop()
    told.length = 0
    await authorizerRules.remove('home', rule.procedure)
    assert.deepEqual(told, [])
  })

  it('name the procedure, the scope and the time as allowed, and are not without number', async () => {
    house = await House.open({ bounds: { authorizersPerRealm: 2, authorizerTimeoutMs: 1_000 } })
    const { authorizerRules } = house.ecosystems
    const wrong: readonly (readonly [Partial<AuthorizerRule>, RegExp])[] = [
      [{ procedure: 'latchkey.grant.create' }, /^procedure:/],
      [{ procedure: 'wamp.session.kill' }, /^procedure:/],
      [{ procedure: 'user.guest.x' }, /^procedure:/],
      [{ procedure: 'a..b' }, /^procedure:/],
      [{ procedure: '' }, /^procedure:/],
      [{ scope: 'latchkey.' }, /^scope:/],
      [{ scope: 'user' }, /^scope:/],
      [{ scope: 'lamp..' }, /^scope:/],
      [{ timeoutMs: 0 }, /^timeout:/],
      [{ timeoutMs: 1_001 }, /^timeout:/],
    ]
    for (const [part, message] of wrong)
      await refuses(authorizerRules.add({ ...rule, ...part }, by), 'invalid_argument', message)
    await authorizerRules.add(rule, by)
    await authorizerRules.add({ ...rule, procedure: 'com.example.other' }, by)
    await refuses(
      authorizerRules.add({ ...rule, procedure: 'com.example.third' }, by),
      'invalid_state',
      /authorizersPerRealm/,
    )
  })
})
