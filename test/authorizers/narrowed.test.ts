import assert from 'node:assert/strict'
import { decide, type Explained } from '../../authorizers/decide.ts'
import type { Verdict } from '../../authorizers/judge.ts'
import { ecosystemAuthorizer } from '../../authorizers/ecosystem.ts'
import { narrowed, type Components } from '../../authorizers/narrowed.ts'
import type { AuthorizerRow } from '../../ecosystems/store/store.ts'
import type { Decision, PayloadCheck } from '../../router/access.ts'
import { Payload } from '../../router/wire/payload.ts'
import { by, House } from '../ecosystems/house.ts'
import { principal, request } from './request.ts'

const guest = principal('person', 'guest')

describe('what the house allows, and components narrow', () => {
  let house: House

  beforeEach(async () => {
    house = await House.open()
    await house.person('guest')
    await house.device('lamp')
  })

  const rule = (procedure: string, mode: AuthorizerRow['mode'] = 'narrow'): Promise<unknown> =>
    house.ecosystems.authorizerRules.add(
      { realm: 'home', procedure, scope: 'lamp.', mode, timeoutMs: 500 },
      by,
    )
  /** Of a call of the lamp by the guest, as components say by procedure. */
  const agreed = async (
    said: Readonly<Record<string, Partial<Decision> | Verdict>>,
    own: Partial<Decision> = {},
  ): Promise<Explained> => {
    const asked = request(guest, 'call', 'lamp.switch')
    const found = decide(house, { ...asked, componentsAsked: true })
    assert.ok(found.question !== undefined)
    const components: Components = {
      ask({ procedure }) {
        const answer = said[procedure] ?? {}
        return Promise.resolve(
          'decision' in answer ? answer : { decision: { allow: true, ...answer } },
        )
      },
    }
    const explained = { ...found, decision: { ...found.decision, ...own } }
    return narrowed(explained, found.question, asked, { components, stands: () => false })
  }

  it('is told to a device without a name, where names are kept from it, whatever a component says', async () => {
    const { directory } = house.ecosystems
    await rule('a.may', 'replace')
    const components: Components = {
      ask: () => Promise.resolve({ decision: { allow: true, disclose: true } }),
    }
    const disguise = (_question: object, ecosystem: string): { authid: string } | undefined =>
      directory.get(ecosystem)?.pseudonyms === true ? { authid: 'x_7' } : undefined
    const { ecosystems, clock } = house
    const parts = { ecosystems, clock, effects: { disguise }, components }
    const decided = async (): Promise<Decision | undefined> =>
      ecosystemAuthorizer(parts)(request(guest, 'call', 'lamp.switch'))
    const before = await decided()
    assert.deepEqual([before?.disclose, before?.discloseAs], [true, undefined])
    await directory.set('home', { pseudonyms: true })
    const rests = before?.epochs?.parts ?? []
    assert.ok(rests.some(({ counter, seen }) => counter.value !== seen))
    assert.deepEqual((await decided())?.discloseAs, { authid: 'x_7' })
  })

  it('is allowed only where all of them agree, and says who did not', async () => {
    await house.grant('guest', 3)
    await rule('a.may')
    await rule('b.may')
    assert.equal((await agreed({})).decision.allow, true)
    const { decision, check, details } = await agreed({ 'b.may': { allow: false } })
    assert.deepEqual([decision.allow, check], [false, 'authorizer:b.may'])
    assert.deepEqual([details.level, details.required], [3, 3])
    const problem = 'nobody offers a.may'
    const silent = await agreed({ 'a.may': { decision: { allow: false }, problem } })
    assert.deepEqual([silent.check, silent.details.error], ['authorizer:a.may', problem])
    assert.deepEqual(Object.keys(silent.decision), ['allow'])
  })

  it('is kept as long as all say, and falls with each', async () => {
    await house.grant('guest', 3)
    await rule('a.may')
    const root = { value: 0 }
    const counter = { value: 7 }
    const epochs = { root, parts: [{ counter, seen: 7 }] }
    const at = house.clock.now()
    const kept = (await agreed({ 'a.may': { until: at + 10, epochs } })).decision
    assert.equal(kept.until, at + 10)
    assert.equal(kept.epochs?.root, house.ecosystems.epoch)
    const moved = kept.epochs?.parts.filter(({ counter: each, seen }) => each.value !== seen)
    assert.deepEqual(moved, [])
    counter.value++
    assert.equal(kept.epochs?.parts.filter((part) => part.counter.value !== part.seen).length, 1)
    const longer = await agreed({ 'a.may': { until: Infinity, epochs } })
    assert.equal(longer.decision.until, at + 60_000)

    const once = (await agreed({})).decision
    assert.equal(once.until, undefined)
    assert.equal(once.stands?.(), false)
    const rules = house.ecosystems.authorizerRules
    const before = once.epochs?.parts.every((part) => part.counter.value === part.seen)
    await rules.remove('home', 'a.may')
    const after = once.epochs?.parts.every((part) => part.counter.value === part.seen)
    assert.deepEqual([before, after], [true, false])
  })

  it('keeps a denial only where it is to be kept', async () => {
    await house.grant('guest', 3)
    await rule('a.may')
    const at = house.clock.now()
    const no = { allow: false, reason: 'wamp.error.authorization_denied' }
    assert.equal((await agreed({ 'a.may': no })).decision.until, undefined)
    const kept = (await agreed({ 'a.may': { ...no, until: at + 5 } })).decision
    assert.deepEqual([kept.until, kept.reason], [at + 5, 'wamp.error.authorization_denied'])
  })

  it('has less disclosed, trusts less and demands more; never the other way round', async () => {
    await house.grant('guest', 3)
    await rule('a.may')
    await rule('b.may')
    const refuses =
      (fault: string): PayloadCheck =>
      () =>
        fault
    const fits: PayloadCheck = () => undefined
    const own = { discloseAs: { authid: 'pseudonym' }, validate: { call: fits, event: fits } }
    const yes = (await agreed({}, own)).decision
    assert.deepEqual([yes.disclose, yes.discloseAs?.authid, yes.trustlevel], [true, 'pseudonym', 7])
    const more = (await agreed({ 'a.may': { disclose: true, trustlevel: 9 } }, own)).decision
    assert.deepEqual([more.disclose, more.trustlevel], [true, 7])
    const hidden = { ...own, disclose: false }
    assert.equal((await agreed({ 'a.may': { disclose: true } }, hidden)).decision.disclose, false)
    const less = await agreed(
      {
        'a.may': { disclose: false, trustlevel: 4, validate: { call: refuses('a') } },
        'b.may': { trustlevel: 5, validate: { call: refuses('b'), refusesSealed: true } },
      },
      own,
    )
    const { disclose, discloseAs, trustlevel, validate } = less.decision
    assert.deepEqual([disclose, discloseAs, trustlevel], [false, undefined, 4])
    assert.equal(validate?.call?.(Payload.empty), 'a')
    assert.equal(validate.event?.(Payload.empty), undefined)
    assert.deepEqual(Object.keys(validate), ['call', 'event', 'refusesSealed'])
  })

  it('goes out with what the house does besides', async () => {
    await house.grant('guest', 3)
    await rule('a.may')
    const [attest, consume, stands] = [() => ({}), () => undefined, () => true]
    const { decision } = await agreed({}, { attest, consume, stands })
    assert.deepEqual([decision.attest, decision.consume], [attest, consume])
    assert.equal(decision.stands?.(), true)
  })

  it('needs no grant where one stands instead, and tells receivers nothing but what that one says', async () => {
    await rule('a.may', 'replace')
    const found = (await agreed({ 'a.may': { trustlevel: 2 } })).decision
    assert.deepEqual([found.allow, found.disclose, found.trustlevel], [true, false, 2])
    assert.equal((await agreed({ 'a.may': { disclose: true } })).decision.disclose, true)
    assert.equal((await agreed({ 'a.may': { allow: false } })).decision.allow, false)
    await rule('b.may')
    assert.equal((await agreed({ 'b.may': { allow: false } })).check, 'authorizer:b.may')
  })

  it('is not theirs where only a part of what is asked for lies in their scope', async () => {
    const { authorizerRules } = house.ecosystems
    const more = { realm: 'home', timeoutMs: 500, mode: 'replace' } as const
    await authorizerRules.add({ ...more, procedure: 'a.may', scope: 'lamp.on_change' }, by)
    const check = (uri: string, match: 'exact' | 'prefix'): [boolean, string] => {
      const asked = request(guest, 'subscribe', uri, match)
      const { decision, check: name } = decide(house, { ...asked, componentsAsked: true })
      return [decision.allow, name]
    }
    assert.deepEqual(check('lamp.on_change', 'exact'), [true, 'route'])
    assert.deepEqual(check('lamp.', 'prefix'), [false, 'capability'])
    assert.deepEqual(check('lamp.other', 'exact'), [false, 'capability'])
  })
})
