import assert from 'node:assert/strict'
import fc from 'fast-check'
import { decide } from '../../authorizers/decide.ts'
import { ecosystemAuthorizer } from '../../authorizers/ecosystem.ts'
import type { AuditRow } from '../../ecosystems/store/store.ts'
import type { Action, Decision, Principal } from '../../router/access.ts'
import { KeptDecision } from '../../router/decisions.ts'
import { House } from '../ecosystems/house.ts'
import { principal, request } from './request.ts'

const guest = principal('person', 'guest')
const owner = principal('person', 'owner')
const operator = principal('operator')

async function furnished(): Promise<House> {
  const house = await House.open()
  await house.device('lamp')
  await house.device('safe', { class: 'safe' })
  await house.device('tv', { class: 'tv' })
  for (const id of ['owner', 'guest', 'stranger']) await house.person(id)
  await house.grant('owner', 1)
  return house
}

describe('the ecosystem authorizer', () => {
  let house: House

  beforeEach(async () => {
    house = await furnished()
  })

  function ask(who: Principal, action: Action, uri: string, realm = 'home'): Decision {
    const decision = ecosystemAuthorizer(house)(request(who, action, uri, 'exact', realm))
    assert.ok(decision !== undefined && !(decision instanceof Promise))
    return decision
  }

  async function audited(): Promise<AuditRow[]> {
    return house.ecosystems.audit.list({ limit: 100 })
  }

  it('answers without a promise, and has the callee learn who calls', () => {
    const decision = ask(owner, 'call', 'lamp.switch')
    assert.deepEqual([decision.allow, decision.disclose], [true, true])
    assert.equal(ask(principal('device', 'lamp'), 'publish', 'lamp.on_change').disclose, true)
  })

  it('tells the party’s level as a trust level, which is the other way round: 9 for level 1, and 0 is least', async () => {
    await house.grant('guest', 3)
    assert.equal(ask(owner, 'call', 'lamp.switch').trustlevel, 9)
    assert.equal(ask(guest, 'call', 'lamp.switch').trustlevel, 7)
    // Who is denied, and who needs no grant, has no level.
    for (const decision of [ask(guest, 'call', 'safe.open'), ask(operator, 'call', 'lamp.switch')])
      assert.ok(!Object.hasOwn(decision, 'trustlevel'))
  })

  describe('discloses nothing', () => {
    it('to a stranger: what there is and what there is not is denied alike', () => {
      const stranger = principal('person', 'stranger')
      const shape = (uri: string, action: Action): object => {
        const { decisionId, epochs, record, ...rest } = ask(stranger, action, uri)
        assert.match(decisionId ?? '', /^[0-9a-f-]{36}$/)
        assert.ok(epochs !== undefined && record !== undefined)
        return rest
      }
      for (const action of ['call', 'subscribe', 'publish', 'register'] as const)
        for (const uri of ['safe.open', 'safe.on_change', 'lamp.switch', 'no.such', 'user.guest.x'])
          assert.deepEqual(shape(uri, action), {
            allow: false,
            reason: 'wamp.error.not_authorized',
            until: house.clock.now() + 60_000,
          })
    })

    it('in the name of a decision, which is random', () => {
      const ids = new Set(
        Array.from({ length: 50 }, () => ask(guest, 'call', 'safe.open').decisionId),
      )
      assert.equal(ids.size, 50)
    })
  })

  describe('keeps a decision', () => {
    it('for a minute, or until the proof ends', () => {
      const now = house.clock.now()
      assert.equal(ask(owner, 'call', 'lamp.switch').until, now + 60_000)
      const short = { ...owner, expiresAt: now + 5_000 }
      assert.equal(ask(short, 'call', 'lamp.switch').until, now + 5_000)
      assert.equal(ask({ ...owner, expiresAt: now + 1e9 }, 'call', 'x').until, now + 60_000)
    })

    it('that was no for want of a proof not at all, as there may be a newer proof', () => {
      const late = { ...owner, expiresAt: house.clock.now() }
      assert.equal(ask(late, 'call', 'lamp.switch').until, undefined)
    })

    /** Whether the router would still use a decision made before a change. */
    async function survives(
      who: Principal,
      uri: string,
      change: () => Promise<unknown>,
      action: Action = 'call',
    ): Promise<boolean> {
      const kept = new KeptDecision(ask(who, action, uri))
      assert.ok(kept.holds(house.clock.now()))
      await change()
      return kept.holds(house.clock.now())
    }

    it('through changes that have nothing to do with it', async () => {
      const { people, devices, classes, directory, idps, provisioning } = house.ecosystems
      await house.grant('guest', 3)
      const tv = { device: 'tv', uri: 'tv.play', action: 'call', ecosystem: 'home' } as const
      for (const change of [
        () => house.grant('stranger', 3),
        () => people.disable('stranger'),
        () => people.enable('stranger'),
        () => house.person('newcomer'),
        () => house.device('hall'),
        () => devices.quarantine('tv', 'odd'),
        () => devices.release('tv'),
        () => devices.setLevel({ ...tv, level: 1 }),
        () => classes.put({ id: 'tv', prefix: 'tv', capabilities: [] }),
        () => directory.create({ id: 'car', realm: 'home' }),
        () => idps.add({ issuer: 'https://other.test', clientId: 'x' }),
        () => house.code(),
        () => devices.announce('lamp', { attributes: { a: 1 }, capabilities: [] }),
      ])
        assert.ok(await survives(guest, 'lamp.switch', change), String(change))
      assert.ok(provisioning !== undefined)
    })

    it('until a grant of the party is given or revoked', async () => {
      assert.ok(!(await survives(guest, 'lamp.switch', () => house.grant('guest', 3))))
      const [grant] = house.ecosystems.grants.list({ subject: { kind: 'person', id: 'guest' } })
      const revoke = () => house.ecosystems.grants.revoke(grant?.id ?? '')
      assert.ok(!(await survives(guest, 'lamp.switch', revoke)))
    })

    it('until the party falls or rises', async () => {
      const { people, devices } = house.ecosystems
      assert.ok(!(await survives(owner, 'lamp.switch', () => people.disable('owner'))))
      assert.ok(!(await survives(owner, 'lamp.switch', () => people.enable('owner'))))
      const lamp = principal('device', 'lamp')
      const fall = () => devices.quarantine('lamp', 'odd')
      assert.ok(!(await survives(lamp, 'lamp.switch', fall, 'register')))
      assert.ok(!(await survives(lamp, 'lamp.x', () => devices.release('lamp'), 'publish')))
    })

    it('until something about the device moves: standing, levels, class, ecosystems', async () => {
      const { devices, classes, directory } = house.ecosystems
      await directory.create({ id: 'car', realm: 'home' })
      const lamp = { device: 'lamp', uri: 'lamp.x', action: 'call', ecosystem: 'home' } as const
      for (const change of [
        () => devices.quarantine('lamp', 'odd'),
        () => devices.release('lamp'),
        () => devices.setLevel({ ...lamp, level: 3 }),
        () => devices.setLevel({ ...lamp, level: 1 }),
        () => devices.admit('lamp', 'car'),
        () => classes.put({ id: 'light', prefix: 'lamp', capabilities: [] }),
      ])
        assert.ok(!(await survives(owner, 'lamp.switch', change)), String(change))
    })

    it('on a name without owner until a device comes that may own it', async () => {
      assert.ok(await survives(owner, 'hall.switch', () => house.person('newcomer')))
      assert.ok(!(await survives(owner, 'hall.switch', () => house.device('hall'))))
      assert.ok(ask(owner, 'call', 'hall.switch').allow)
    })

    it('with the epochs as they were when the facts were read', async () => {
      const decision = ask(guest, 'call', 'lamp.switch')
      await house.grant('guest', 3)
      assert.ok(decision.epochs?.parts.some(({ counter, seen }) => counter.value !== seen))
    })
  })

  describe('on a live session', () => {
    it('answers otherwise right after a grant and right after its revocation', async () => {
      assert.ok(!ask(guest, 'call', 'lamp.switch').allow)
      const grant = await house.grant('guest', 3)
      assert.ok(ask(guest, 'call', 'lamp.switch').allow)
      assert.ok(!ask(guest, 'call', 'safe.open').allow)
      const revoked = house.ecosystems.grants.revoke(grant.id)
      assert.ok(!ask(guest, 'call', 'lamp.switch').allow)
      await revoked
    })

    it('goes on answering while the disk is broken', async () => {
      house.store.broken = true
      await assert.rejects(house.grant('guest', 3))
      assert.ok(ask(owner, 'call', 'safe.open').allow)
      assert.ok(!ask(guest, 'call', 'lamp.switch').allow)
      await assert.rejects(house.ecosystems.people.disable('owner'))
      assert.ok(!ask(owner, 'call', 'safe.open').allow)
    })

    it('keeps realms apart', async () => {
      await house.ecosystems.directory.create({ id: 'far', realm: 'away' })
      assert.ok(!ask(owner, 'call', 'lamp.switch', 'away').allow)
      await house.device('boat', { realm: 'away', ecosystems: ['far'] })
      assert.ok(!ask(owner, 'call', 'boat.switch', 'away').allow)
      assert.ok(!ask(principal('device', 'lamp'), 'register', 'lamp.switch', 'away').allow)
    })

    it('counts the ecosystem in which the party has enough', async () => {
      const { directory, devices } = house.ecosystems
      await directory.create({ id: 'car', realm: 'home' })
      await house.grant('guest', 9)
      await devices.admit('lamp', 'car')
      assert.ok(!ask(guest, 'call', 'lamp.switch').allow)
      await house.grant('guest', 2, { ecosystem: 'car' })
      assert.ok(ask(guest, 'call', 'lamp.switch').allow)
      const { details } = decide(house, request(guest, 'call', 'lamp.switch'))
      assert.deepEqual(
        [details.ecosystem, details.level, details.required, details.device],
        ['car', 2, 3, 'lamp'],
      )
    })
  })

  describe('leaves a record', () => {
    it('of a denial when it is applied, with the check that decided, and counts the next', async () => {
      const grant = await house.grant('guest', 3)
      const decision = ask(guest, 'call', 'safe.open')
      assert.deepEqual(await audited(), [])
      for (let round = 0; round < 3; round++) decision.record?.()
      assert.equal((await audited()).length, 1)
      house.clock.advance(60_000)
      const rows = (await audited()).toReversed()
      assert.equal(rows.length, 2)
      for (const [index, row] of rows.entries()) {
        const { seq, at, details, ...rest } = row
        assert.ok(seq > 0)
        assert.equal(at, house.clock.now() - (index === 0 ? 60_000 : 0))
        assert.deepEqual(details, {
          device: 'safe',
          ecosystem: 'home',
          required: 1,
          level: 3,
          grant: grant.id,
          ...(index === 1 && { count: 2 }),
        })
        assert.deepEqual(rest, {
          realm: 'home',
          actor: 'person:guest',
          session: 4711,
          action: 'call',
          target: 'safe.open',
          outcome: 'deny',
          reason: 'level',
          decisionId: decision.decisionId ?? null,
        })
      }
      const { decisionId = '' } = decision
      assert.equal((await house.ecosystems.audit.list({ limit: 9, decisionId })).length, 2)
    })

    it('of each use of level 1, by its grant', async () => {
      ask(owner, 'call', 'safe.open').record?.()
      const [row] = await audited()
      assert.deepEqual(
        [row?.outcome, row?.reason, row?.details['level'], row?.details['grant']],
        ['allow', 'route', 1, house.ecosystems.grants.list()[0]?.id],
      )
    })

    it('of whatever the operator does', async () => {
      ask(operator, 'call', 'safe.open').record?.()
      const [row] = await audited()
      assert.deepEqual([row?.actor, row?.outcome], ['operator:operator', 'allow'])
    })

    it('of nothing else: everyday calls, own names of a device, the service', async () => {
      await house.grant('guest', 3)
      for (const decision of [
        ask(guest, 'call', 'lamp.switch'),
        ask(guest, 'call', 'latchkey.device.list'),
        ask(principal('device', 'lamp'), 'register', 'lamp.switch'),
        ask(principal('service'), 'publish', 'latchkey.device.on_update'),
        ask(principal('provisioning'), 'call', 'latchkey.device.enrol'),
      ])
        assert.deepEqual([decision.allow, decision.record], [true, undefined])
    })

    it('of a check that failed, as a failure, and logs it', async () => {
      const logged: string[] = []
      const log = (_level: string, message: string): void => void logged.push(message)
      const { epoch, audit, people, grants, identities, holdings } = house.ecosystems
      const { deviceActs, directory } = house.ecosystems
      const { policies, assurances, stepUps, presences, authorizerRules } = house.ecosystems
      const facts = { epoch, audit, people, grants, identities, holdings, deviceActs, directory }
      const ecosystems = {
        ...facts,
        policies,
        assurances,
        stepUps,
        presences,
        authorizerRules,
        devices: Object.create(house.ecosystems.devices) as typeof house.ecosystems.devices,
      }
      const decision = ecosystemAuthorizer({ ecosystems, clock: house.clock, log })(
        request(owner, 'call', 'safe.open'),
      ) as Decision
      assert.equal(decision.allow, false)
      assert.equal(decision.reason, 'wamp.error.authorization_failed')
      assert.equal(decision.until, undefined)
      decision.record?.()
      const [row] = await audited()
      assert.deepEqual([row?.outcome, row?.reason], ['failure', 'standing'])
      assert.deepEqual(logged, ['the check standing failed; denied'])
    })

    it('once a minute and no more, however often a denial is repeated, and loses none', async () => {
      const decision = ask(principal('person', 'stranger'), 'call', 'safe.open')
      for (let round = 0; round < 20_000; round++) decision.record?.()
      house.clock.advance(60_000)
      for (let round = 0; round < 20_000; round++) decision.record?.()
      await house.ecosystems.audit.flush()
      assert.deepEqual(
        (await audited()).map(({ details }) => details['count']),
        [undefined, 19_999, undefined],
      )
      assert.equal(house.ecosystems.audit.lost, 0)
    })
  })

  describe('explains', () => {
    it('a decision without leaving a trace', async () => {
      const { decision, check, details } = decide(house, request(guest, 'call', 'safe.open'))
      assert.deepEqual([decision.allow, decision.record, check], [false, undefined, 'grant'])
      assert.deepEqual(details, { device: 'safe', ecosystem: 'home', required: 1 })
      assert.deepEqual(await audited(), [])
    })

    it('what a pattern was and what is not owned', () => {
      const pattern = decide(house, request(guest, 'subscribe', 'lamp.', 'prefix'))
      assert.deepEqual(pattern.details, { match: 'prefix', device: 'lamp' })
      assert.deepEqual(decide(house, request(guest, 'call', 'no.such')).details, {})
    })
  })

  it('takes no right away for a higher level: a lower number never loses', async () => {
    const names = fc.constantFrom(
      'lamp.switch',
      'lamp.state',
      'lamp.on_change',
      'lamp.extra',
      'safe.open',
      'safe.on_change',
      'tv.play',
      'no.such',
      'latchkey.device.list',
      'wamp.session.list',
      'user.guest.x',
    )
    const actions = fc.constantFrom<Action>('call', 'register', 'subscribe', 'publish')
    const level = fc.integer({ min: 1, max: 99 })
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(names, actions), { minLength: 1, maxLength: 20 }),
        level,
        level,
        level,
        async (questions, one, other, required) => {
          house = await furnished()
          await house.ecosystems.devices.setLevel({
            device: 'lamp',
            uri: 'lamp.extra',
            action: 'call',
            ecosystem: 'home',
            level: required,
          })
          await house.grant('guest', Math.max(one, other))
          await house.grant('stranger', Math.min(one, other))
          const higher = principal('person', 'stranger')
          for (const [uri, action] of questions)
            if (ask(guest, action, uri).allow && !uri.startsWith('user.'))
              assert.ok(ask(higher, action, uri).allow, `${action} ${uri}`)
        },
      ),
      { numRuns: 60 },
    )
  })

  it('allows exactly what the level says', async () => {
    const level = fc.integer({ min: 1, max: 99 })
    await fc.assert(
      fc.asyncProperty(level, level, async (held, required) => {
        house = await furnished()
        await house.ecosystems.devices.setLevel({
          device: 'lamp',
          uri: 'lamp.switch',
          action: 'call',
          ecosystem: 'home',
          level: required,
        })
        await house.grant('guest', held)
        assert.equal(ask(guest, 'call', 'lamp.switch').allow, held <= required)
      }),
      { numRuns: 100 },
    )
  })
})
