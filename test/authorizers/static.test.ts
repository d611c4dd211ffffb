import assert from 'node:assert/strict'
import type { AuditEntry } from '../../ecosystems/audit.ts'
import { staticAuthorizer, type UriRule } from '../../authorizers/static.ts'
import type { Trail } from '../../authorizers/trace.ts'
import type { Action, Decision, Match } from '../../router/access.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { principal, request } from './request.ts'

const all = { call: true, register: true, subscribe: true, publish: true }
const none = { call: false, register: false, subscribe: false, publish: false }
const everything: UriRule = { role: 'logger', uri: '', match: 'prefix', allow: all }
const logger = principal('component', 'log1', { authrole: 'logger' })

/** Asks rules for a component with the role `logger`. */
function ask(
  rules: readonly UriRule[],
  action: Action,
  uri: string,
  match: Match = 'exact',
  who = logger,
): Decision | undefined {
  const decision = staticAuthorizer(rules)(request(who, action, uri, match))
  assert.ok(!(decision instanceof Promise))
  return decision
}

const allows = (...question: Parameters<typeof ask>): boolean => ask(...question)?.allow === true

describe('static rules', () => {
  it('have no opinion on people, devices and what the router itself is', () => {
    for (const kind of ['person', 'device', 'operator', 'service', 'provisioning'])
      assert.equal(ask([everything], 'call', 'a.b', 'exact', principal(kind)), undefined)
  })

  it('deny what no rule allows, without saying why', () => {
    const decision = ask([], 'call', 'a.b')
    assert.equal(decision?.allow, false)
    assert.equal(decision?.reason, 'wamp.error.not_authorized')
    assert.equal(decision?.details, undefined)
  })

  it('allow what a rule of the role allows, action by action', () => {
    const rule: UriRule = {
      ...everything,
      uri: 'a.b',
      match: 'exact',
      allow: { ...none, call: true },
    }
    assert.ok(allows([rule], 'call', 'a.b'))
    for (const action of ['register', 'subscribe', 'publish'] as const)
      assert.ok(!allows([rule], action, 'a.b'))
    assert.ok(!allows([rule], 'call', 'a.b.c'))
    assert.ok(!allows([{ ...rule, role: 'other' }], 'call', 'a.b'))
    assert.ok(!allows([rule], 'call', 'a.b', 'exact', principal('anonymous')))
    assert.ok(
      allows([{ ...rule, role: 'anonymous' }], 'call', 'a.b', 'exact', principal('anonymous')),
    )
  })

  it('match by prefix as characters and by wildcard as components', () => {
    const at = (uri: string, match: Match): UriRule => ({ ...everything, uri, match })
    assert.ok(allows([at('a.b', 'prefix')], 'call', 'a.bc'))
    assert.ok(!allows([at('a.b.', 'prefix')], 'call', 'a.bc'))
    assert.ok(allows([at('a..c', 'wildcard')], 'call', 'a.x.c'))
    assert.ok(!allows([at('a..c', 'wildcard')], 'call', 'a.x.y.c'))
  })

  it('let the most specific rule decide, alone and whatever their order', () => {
    const rules: UriRule[] = [
      { ...everything, uri: 'a.', allow: none },
      everything,
      { ...everything, uri: 'a.b.' },
      { ...everything, uri: 'a.b.secret', match: 'exact', allow: none },
      { ...everything, uri: 'a..open', match: 'wildcard' },
    ]
    for (const list of [rules, rules.toReversed()]) {
      assert.ok(allows(list, 'call', 'x.y'))
      assert.ok(!allows(list, 'call', 'a.x'))
      assert.ok(allows(list, 'call', 'a.b.c'))
      assert.ok(!allows(list, 'call', 'a.b.secret'))
      // A prefix is more specific than a wildcard, as for registrations.
      assert.ok(!allows(list, 'call', 'a.x.open'))
    }
  })

  it('allow a pattern only when a rule covers all of it', () => {
    const under: UriRule = { ...everything, uri: 'a.b.' }
    assert.ok(allows([under], 'subscribe', 'a.b.', 'prefix'))
    assert.ok(allows([under], 'register', 'a.b.c.', 'prefix'))
    assert.ok(allows([under], 'subscribe', 'a.b..d', 'wildcard'))
    assert.ok(!allows([under], 'subscribe', 'a.', 'prefix'))
    assert.ok(!allows([under], 'subscribe', 'a.b', 'prefix'))
    assert.ok(!allows([under], 'subscribe', 'a..c', 'wildcard'))
    assert.ok(!allows([{ ...under, uri: 'a.b', match: 'exact' }], 'subscribe', 'a.b', 'prefix'))
  })

  it('keep a pattern from reaching what a narrower rule keeps shut', () => {
    const rules: UriRule[] = [
      everything,
      { ...everything, uri: 'a.secret', match: 'exact', allow: { ...all, subscribe: false } },
    ]
    assert.ok(!allows(rules, 'subscribe', 'a.', 'prefix'))
    assert.ok(!allows(rules, 'subscribe', 'a.', 'wildcard'))
    assert.ok(allows(rules, 'register', 'a.', 'prefix'))
    assert.ok(allows(rules, 'subscribe', 'b.', 'prefix'))
    assert.ok(allows(rules, 'subscribe', 'a.b.', 'prefix'))
  })

  it('never let anybody register or publish under wamp', () => {
    for (const action of ['register', 'publish'] as const) {
      assert.ok(!allows([everything], action, 'wamp.session.list'))
      assert.ok(!allows([{ ...everything, uri: 'wamp.' }], action, 'wamp.x'))
    }
    for (const [uri, match] of [
      ['wamp', 'prefix'],
      ['wamp.', 'prefix'],
      ['wamp..x', 'wildcard'],
    ] as const)
      assert.ok(!allows([everything], 'register', uri, match), uri)
    assert.ok(allows([everything], 'call', 'wamp.session.list'))
    assert.ok(allows([everything], 'subscribe', 'wamp.session.on_join'))
    assert.ok(allows([everything], 'register', 'wampum.x'))
  })

  it('never mean latchkey by everything', () => {
    for (const action of ['call', 'register', 'subscribe', 'publish'] as const)
      assert.ok(!allows([everything], action, 'latchkey.grant.list'), action)
    for (const [uri, match] of [
      ['latchkey', 'prefix'],
      ['latchkey.', 'prefix'],
      ['latchkey..list', 'wildcard'],
    ] as const)
      for (const action of ['subscribe', 'register'] as const)
        assert.ok(!allows([everything], action, uri, match), uri)
    assert.ok(allows([everything], 'call', 'latchkeyed.x'))
  })

  it('open the broadest patterns to who may do everything', () => {
    for (const [uri, match] of [
      ['', 'prefix'],
      ['latch', 'prefix'],
      ['wam', 'prefix'],
      ['.grant.list', 'wildcard'],
      ['..', 'wildcard'],
    ] as const) {
      for (const action of ['subscribe', 'register'] as const)
        assert.ok(allows([everything], action, uri, match), uri)
    }
    const shut: UriRule = { ...everything, uri: 'a.', allow: none }
    assert.ok(!allows([everything, shut], 'subscribe', '', 'prefix'))
    assert.ok(!allows([{ ...everything, uri: 'a' }], 'subscribe', '', 'prefix'))
  })

  it('open latchkey procedures to a component that a rule names them for, and only to call', () => {
    const named: UriRule = { ...everything, uri: 'latchkey.grant.', match: 'prefix' }
    assert.ok(allows([named], 'call', 'latchkey.grant.list'))
    assert.ok(!allows([named], 'call', 'latchkey.person.list'))
    for (const action of ['register', 'subscribe', 'publish'] as const)
      assert.ok(!allows([named], action, 'latchkey.grant.list'), action)
    const anonymous = principal('anonymous')
    const open = { ...named, role: 'anonymous' }
    assert.ok(!allows([open], 'call', 'latchkey.grant.list', 'exact', anonymous))
    const shut: UriRule = { ...named, uri: 'latchkey.grant.revoke', match: 'exact', allow: none }
    assert.ok(!allows([named, shut], 'call', 'latchkey.grant.revoke'))
    assert.ok(!allows([{ ...everything, uri: 'latchkey' }], 'call', 'latchkey.grant.list'))
  })

  it('deny what is no URI', () => {
    for (const uri of ['', 'a..b', 'a b', 'a#', 'x'.repeat(300)])
      assert.ok(!allows([everything], 'call', uri), uri)
  })

  it('say of disclosure what the rule says, and nothing where it says nothing', () => {
    assert.equal(ask([everything], 'call', 'a')?.disclose, undefined)
    assert.equal(ask([{ ...everything, disclose: true }], 'call', 'a')?.disclose, true)
    assert.equal(ask([{ ...everything, disclose: false }], 'call', 'a')?.disclose, false)
  })

  it('say of trust what the rule says, and nothing where it says nothing', () => {
    assert.ok(!Object.hasOwn(ask([everything], 'call', 'a') ?? {}, 'trustlevel'))
    for (const action of ['call', 'publish'] as const)
      assert.equal(ask([{ ...everything, trustlevel: 0 }], action, 'a')?.trustlevel, 0)
    const narrower: UriRule = { ...everything, uri: 'a.', trustlevel: 7 }
    assert.equal(ask([everything, narrower], 'call', 'a.b')?.trustlevel, 7)
  })

  it('answer a denial with the reason that the deciding rule gives, else flatly', () => {
    const shut = (denial: UriRule['denial']): string | undefined =>
      ask([everything, { ...everything, uri: 'a.', allow: none, denial }], 'call', 'a.b')?.reason
    assert.equal(shut(undefined), 'wamp.error.not_authorized')
    assert.equal(shut('authorization_denied'), 'wamp.error.authorization_denied')
    assert.equal(shut('authorization_required'), 'wamp.error.authorization_required')
  })

  it('are answers for as long as the proof holds, and no longer', () => {
    const clock = new ManualClock(1_000)
    const authorize = staticAuthorizer([everything], { clock })
    const who = { ...logger, expiresAt: 2_000 }
    const early = authorize(request(who, 'call', 'a')) as Decision
    assert.deepEqual([early.allow, early.until], [true, 2_000])
    clock.advance(1_000)
    assert.equal((authorize(request(who, 'call', 'a')) as Decision).allow, false)
    assert.equal(ask([everything], 'call', 'a')?.until, Infinity)
  })

  it('leave a record of each denial, where there is a trail', () => {
    const records: AuditEntry[] = []
    const trail: Trail = {
      record(entry) {
        records.push(entry)
        return undefined
      },
    }
    const shut: UriRule = { ...everything, uri: 'a', match: 'exact', allow: none }
    const decision = staticAuthorizer([shut], { trail })(request(logger, 'call', 'a')) as Decision
    assert.equal(records.length, 0)
    decision.record?.()
    assert.deepEqual(records, [
      {
        realm: 'home',
        actor: 'component:log1',
        session: 4711,
        action: 'call',
        target: 'a',
        outcome: 'deny',
        reason: 'static',
        decisionId: decision.decisionId,
        details: { rule: 'a', match: 'exact' },
      },
    ])
  })
})
