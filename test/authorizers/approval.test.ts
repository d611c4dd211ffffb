import assert from 'node:assert/strict'
import { decide } from '../../authorizers/decide.ts'
import { ecosystemAuthorizer, type Effects } from '../../authorizers/ecosystem.ts'
import type { Action, Decision, Match, Principal } from '../../router/access.ts'
import { WampError } from '../../router/wire/errors.ts'
import { by, House } from '../ecosystems/house.ts'
import { principal, request } from './request.ts'

describe('a capability that waits for the owner’s word', () => {
  let house: House
  let device: string

  const guest = principal('person', 'guest')
  const curedBy = (
    who: Principal = guest,
    uri = 'tv.record',
    action: Action = 'call',
    match: Match = 'exact',
  ): unknown => {
    const { ecosystems, clock } = house
    const { decision } = decide({ ecosystems, clock }, request(who, action, uri, match))
    assert.equal(decision.allow, false)
    return decision.details?.['error']
  }
  const wait = (
    uri: string,
    level: number,
    action: 'call' | 'subscribe' = 'call',
  ): Promise<unknown> =>
    house.ecosystems.devices.setLevel({
      device,
      uri,
      action,
      ecosystem: 'home',
      level,
      conditions: { approval: 'owner' },
    })

  beforeEach(async () => {
    house = await House.open()
    for (const id of ['owner', 'guest', 'stranger']) await house.person(id)
    await house.grant('owner', 1)
    device = (await house.device('tv', { class: 'tv' })).id
    await wait('tv.record', 2)
  })

  it('can be asked for by whoever holds something in its ecosystem, be it for something else', async () => {
    assert.equal(curedBy(), undefined)
    await house.ecosystems.grants.create({
      subject: { kind: 'person', id: 'guest' },
      ecosystem: 'home',
      uri: 'lamp.switch',
      level: 3,
      by,
    })
    assert.equal(curedBy(), 'request_submitted')
    assert.equal(curedBy(principal('person', 'stranger')), undefined)
  })

  it('can be asked for below its level, and at it; nobody asks himself', async () => {
    await house.grant('guest', 3)
    assert.equal(curedBy(), 'request_submitted')
    await house.grant('guest', 2)
    assert.equal(curedBy(), 'request_submitted')
    const { ecosystems, clock } = house
    const owner = request(principal('person', 'owner'), 'call', 'tv.record')
    assert.equal(decide({ ecosystems, clock }, owner).decision.allow, true)
  })

  it('is not asked for where no word would help', async () => {
    await house.grant('guest', 3)
    const evidence = { identity: { issuer: 'https://elsewhere.test', subject: 'guest' } }
    assert.equal(curedBy(principal('person', 'guest', { evidence })), undefined)
    const weak = { maxLevel: 3 }
    assert.equal(curedBy(principal('person', 'guest', { evidence: weak })), undefined)
    const fine = { maxLevel: 2 }
    assert.equal(curedBy(principal('person', 'guest', { evidence: fine })), 'request_submitted')
    await house.ecosystems.policies.set(
      {
        ecosystem: 'home',
        level: 2,
        uri: 'tv.record',
        match: 'exact',
        actions: ['call'],
        effect: 'deny',
      },
      by,
    )
    assert.equal(curedBy(), undefined)
  })

  it('is not asked for when it is forbidden, whatever else is held', async () => {
    await house.grant('guest', 3)
    for (const uri of ['tv.record', null]) {
      const { id } = await house.ecosystems.grants.create({
        subject: { kind: 'person', id: 'guest' },
        ecosystem: 'home',
        effect: 'deny',
        level: 99,
        uri,
        by,
      })
      assert.equal(curedBy(), undefined)
      await house.ecosystems.grants.revoke(id)
      assert.equal(curedBy(), 'request_submitted')
    }
  })

  it('is not asked for by a pattern, of which nobody knows what it will come to mean', async () => {
    await wait('tv.on_change', 3, 'subscribe')
    await house.grant('guest', 3)
    assert.equal(curedBy(guest, 'tv.on_change', 'subscribe'), 'request_submitted')
    await wait('tv.', 3, 'subscribe')
    assert.equal(curedBy(guest, 'tv.', 'subscribe', 'prefix'), undefined)
  })

  describe('asked for by a message', () => {
    const decided = async (
      effects: Effects,
      forMessage: boolean,
    ): Promise<Decision | undefined> => {
      const { ecosystems, clock } = house
      const authorize = ecosystemAuthorizer({ ecosystems, clock, effects })
      return authorize({ ...request(guest, 'call', 'tv.record'), forMessage })
    }

    beforeEach(() => house.grant('guest', 3))

    it('tells who asks what the owner’s side says, and is kept for no other message', async () => {
      const ask = (): Promise<object> => Promise.resolve({ ticket: 'tk_1', interval: 5 })
      const decision = await decided({ ask: ask as never }, true)
      assert.equal(decision?.reason, 'wamp.error.authorization_required')
      assert.deepEqual(decision?.details, {
        error: 'request_submitted',
        uri: 'tv.record',
        ticket: 'tk_1',
        interval: 5,
      })
      assert.equal(decision?.until, undefined)
    })

    it('is a denial of its own where asking is refused, and a failure where it broke', async () => {
      const refused = await decided(
        {
          ask: () =>
            Promise.reject(
              new WampError('latchkey.error.rate_limited', 'full', {
                kwargs: { retry_after_ms: 9 },
              }),
            ),
        },
        true,
      )
      assert.deepEqual([refused?.allow, refused?.reason], [false, 'latchkey.error.rate_limited'])
      assert.equal(refused?.details?.['retry_after_ms'], 9)
      await assert.rejects(decided({ ask: () => Promise.reject(new Error('disk')) }, true), /disk/)
    })

    it('is asked for by nothing else', async () => {
      let asked = 0
      const ask = (): Promise<object> => {
        asked += 1
        return Promise.resolve({})
      }
      const decision = await decided({ ask: ask as never }, false)
      assert.deepEqual([decision?.allow, asked], [false, 0])
    })
  })
})
