import assert from 'node:assert/strict'
import { setTimeout as wait } from 'node:timers/promises'
import { ManualClock } from '../support/manual-clock.ts'
import { JoinAborted, startOutside, type Outside } from '../support/outside.ts'
import { eventTypes, push, securityEvent } from '../support/pushes.ts'
import type { WampClient, Wire } from '../support/wamp-client.ts'

const realms = ['home', 'work'] as const
const denied = 'wamp.error.authentication_denied'

/** GOODBYE as it comes, and how long it took, counted from the call. */
async function goodbye(client: WampClient): Promise<{ reason: unknown; afterMs: number }> {
  const since = performance.now()
  for (;;) {
    const message = await client.next()
    if (message[0] === 6) return { reason: message[2], afterMs: performance.now() - since }
  }
}

/** The reason for which a join was aborted; `'WELCOME'` when it was not. */
async function tryToJoin(outside: Outside, token: string, realm: string): Promise<string> {
  try {
    const client = await outside.join(token, { realm })
    client.drop()
    return 'WELCOME'
  } catch (error) {
    if (error instanceof JoinAborted) return error.reason
    throw error
  }
}

describe('R04 an account that is disabled', () => {
  let clock: ManualClock
  let outside: Outside
  let told: number
  const start = async (store: 'memory' | 'folder' = 'memory'): Promise<void> => {
    clock = new ManualClock()
    told = 0
    outside = await startOutside({
      providers: 2,
      introspected: [1],
      clock,
      store,
      realms,
      ecosystems: [{ id: 'home' }, { id: 'office', realm: 'work' }],
      // Somebody who calls what people offer.
      realm: {
        principals: [{ authid: 'backend', role: 'backend', ticket: 'only-for-tests' }],
        rules: [{ role: 'backend', uri: '', match: 'prefix', allow: { call: true } }],
      },
    })
    for (const [id, level] of [
      ['owner', 1],
      ['guest', 3],
    ] as const) {
      await outside.person(id)
      for (const ecosystem of ['home', 'office']) await outside.grant(id, level, { ecosystem })
    }
    const handlers = { switch: () => ++told }
    await outside.device('light', { prefix: 'lamp', handlers })
    await outside.device('light', { prefix: 'desk', ecosystem: 'office', handlers })
    // What is said in the very second of the start could be of before it.
    clock.advance(2_000)
  }
  afterEach(() => outside.stop())

  const join = async (person: string, realm: string, claims = {}): Promise<WampClient> =>
    outside.join(await outside.token(0, person, claims), { realm })
  const lampOf = (realm: string): string => (realm === 'home' ? 'lamp.switch' : 'desk.switch')

  /** What all ways of disabling have in common. `disable` resolves when whoever did it was answered. */
  async function nothingAnywhere(disable: () => Promise<void>): Promise<void> {
    const [first, other] = [await outside.token(0, 'guest'), await outside.token(0, 'guest')]
    const guests: WampClient[] = []
    const waiting: { backend: WampClient; answer: Promise<Wire>; bell: string }[] = []
    for (const realm of realms) {
      const guest = await outside.join(first, { realm })
      assert.equal(await outside.outcome(guest, lampOf(realm)), 'RESULT')
      const bell = 'user.guest.bell'
      await guest.register(bell)
      guests.push(guest, await outside.join(other, { realm }))
      const backend = await outside.join('only-for-tests', { realm, authid: 'backend' })
      const answer = outside.call(backend, bell)
      assert.equal((await guest.next())[0], 68)
      waiting.push({ backend, answer, bell })
    }
    const before = told
    const ends = guests.map(goodbye)
    await disable()
    const answeredAt = performance.now()
    for (const [index, guest] of guests.entries())
      guest.send([48, 9_000 + index, {}, lampOf(realms[index >> 1] ?? ''), [true]])
    for (const end of ends) {
      const { reason } = await end
      assert.equal(reason, 'wamp.close.killed')
    }
    const lateMs = performance.now() - answeredAt
    assert.ok(lateMs <= 100, `the last GOODBYE came ${lateMs} ms after the answer`)
    for (const { backend, answer, bell } of waiting) {
      const [type, , , , uri] = await answer
      assert.deepEqual([type, uri], [8, 'wamp.error.canceled'])
      assert.equal(await outside.outcome(backend, bell), 'wamp.error.no_such_procedure')
      // What was sent before this has been looked at by now.
      await backend.settle()
    }
    assert.equal(told, before, 'a device was told something of a disabled person')
    clock.advance(1_000)
    for (const realm of realms)
      for (const token of [first, other, await outside.token(0, 'guest')])
        assert.equal(await tryToJoin(outside, token, realm), denied)
    assert.equal(await tryToJoin(outside, await outside.token(0, 'owner'), 'home'), 'WELCOME')
  }

  it('R04: by the house (person.disable) has nothing anywhere: sessions, calls, registrations, joins', async () => {
    await start()
    await nothingAnywhere(async () => {
      await outside.manage('person.disable', { person: 'guest' })
    })
    await outside.manage('person.enable', { person: 'guest' })
    assert.equal(await tryToJoin(outside, await outside.token(0, 'guest'), 'home'), 'WELCOME')
  })

  it('R04: as one identity of a person (identity.disable) has nothing anywhere', async () => {
    await start()
    const identity = { issuer: outside.provider.issuer, subject: 'guest' }
    await nothingAnywhere(async () => {
      await outside.manage('identity.disable', identity)
    })
    // What the house has disabled by itself, no provider enables.
    const enabled = await securityEvent(outside.provider, eventTypes.enabled, 'guest')
    assert.equal((await push(outside.http, enabled)).status, 202)
    assert.equal(await tryToJoin(outside, await outside.token(0, 'guest'), 'home'), denied)
    await outside.manage('identity.enable', identity)
    assert.equal(await tryToJoin(outside, await outside.token(0, 'guest'), 'home'), 'WELCOME')
  })

  for (const event of ['disabled', 'purged'] as const) {
    it(`R04: by its provider (a pushed account-${event}) has nothing anywhere`, async () => {
      await start()
      const token = await securityEvent(outside.provider, eventTypes[event], 'guest')
      await nothingAnywhere(async () => {
        const answer = await push(outside.http, token)
        assert.deepEqual([answer.status, await answer.text()], [202, ''])
      })
      // The same once more does nothing, and is answered as before.
      assert.equal((await push(outside.http, token)).status, 202)
      clock.advance(1_000)
      const enabled = await securityEvent(outside.provider, eventTypes.enabled, 'guest')
      assert.equal((await push(outside.http, enabled)).status, 202)
      assert.equal(await tryToJoin(outside, await outside.token(0, 'guest'), 'home'), 'WELCOME')
    })
  }

  it('R04: stays so over a restart', async () => {
    await start('folder')
    const disabled = await securityEvent(outside.provider, eventTypes.disabled, 'guest')
    assert.equal((await push(outside.http, disabled)).status, 202)
    clock.advance(2_000)
    await outside.restart()
    assert.equal(await tryToJoin(outside, await outside.token(0, 'guest'), 'home'), denied)
    // Whoever has kept an old word that gives cannot say it again to a house that has forgotten that it heard it.
    const { issuer } = outside.provider
    const old = await securityEvent(outside.provider, eventTypes.enabled, 'guest', {
      claims: { iat: Math.floor(clock.now() / 1000) - 3_600 },
    })
    assert.equal((await push(outside.http, old)).status, 202)
    assert.equal(await tryToJoin(outside, await outside.token(0, 'guest'), 'home'), denied)
    const { records } = await outside.manage('audit.list', { limit: 50 })
    const follows = (records as { actor: string; action: string; target: string }[]).filter(
      ({ actor }) => actor === `idp:${issuer}`,
    )
    assert.deepEqual(
      follows.map(({ action, target }) => [action, target]),
      [['identity.disable', 'guest']],
    )
    // But the provider's own new word is followed by a house that was started meanwhile.
    const enabled = await securityEvent(outside.provider, eventTypes.enabled, 'guest')
    assert.equal((await push(outside.http, enabled)).status, 202)
    assert.equal(await tryToJoin(outside, await outside.token(0, 'guest'), 'home'), 'WELCOME')
  })

  it('R04: tokens that their provider has taken back prove nothing over a restart, of whomever they are', async () => {
    await start('folder')
    const [phone, desk, stranger] = [
      await outside.token(0, 'guest', { sid: 'phone' }),
      await outside.token(0, 'owner', { sid: 'desk' }),
      await outside.token(0, 'stranger'),
    ]
    outside.provider.pointLogoutAt(`${outside.http}/backchannel-logout`)
    await outside.provider.logout('guest', 'phone')
    for (const [event, subject] of [
      [eventTypes.sessionsRevoked, 'owner'],
      [eventTypes.disabled, 'stranger'],
    ] as const) {
      const token = await securityEvent(outside.provider, event, subject)
      assert.equal((await push(outside.http, token)).status, 202)
    }
    clock.advance(2_000)
    await outside.restart()
    for (const token of [phone, desk, stranger])
      assert.equal(await tryToJoin(outside, token, 'home'), denied)
    for (const person of ['guest', 'owner'])
      assert.equal(await tryToJoin(outside, await outside.token(0, person), 'home'), 'WELCOME')
  })

  for (const event of [
    'sessionsRevoked',
    'sessionRevoked',
    'credentialChange',
    'compromised',
  ] as const) {
    it(`R04: a pushed ${event} ends the sessions and their tokens, and lets a new sign-in in`, async () => {
      await start()
      const old = await outside.token(0, 'guest')
      const guests = await Promise.all(realms.map((realm) => outside.join(old, { realm })))
      const owner = await join('owner', 'home')
      const ends = guests.map(goodbye)
      const token = await securityEvent(outside.provider, eventTypes[event], 'guest')
      assert.equal((await push(outside.http, token)).status, 202)
      for (const end of ends) assert.equal((await end).reason, 'wamp.close.killed')
      assert.equal(await tryToJoin(outside, old, 'home'), denied)
      clock.advance(1_000)
      assert.equal(await tryToJoin(outside, await outside.token(0, 'guest'), 'home'), 'WELCOME')
      assert.equal(await outside.outcome(owner, 'lamp.switch'), 'RESULT')
    })
  }

  it('R04: the answer to a push is the same for people who are known and unknown here', async () => {
    await start()
    const answers: unknown[] = []
    for (const subject of ['guest', 'nobody'])
      for (const event of [eventTypes.claimsChange, eventTypes.disabled, eventTypes.enabled]) {
        const token = await securityEvent(outside.provider, event, subject)
        const { status, headers } = await push(outside.http, token)
        answers.push([event, status, headers.get('content-type'), headers.get('content-length')])
      }
    assert.deepEqual(answers.slice(0, 3), answers.slice(3))
    assert.equal((answers[0] as unknown[])[1], 202)
    // Somebody of whom the house hears only now cannot come by what he was given before.
    const stale = await outside.token(0, 'nobody', { expiresInSeconds: 7_200 })
    assert.equal(await tryToJoin(outside, stale, 'home'), denied)
  })

  it('R04: a provider speaks for its own people alone, and nobody speaks for a provider', async () => {
    await start()
    const guest = await join('guest', 'home')
    const [first, second] = outside.providers
    assert(first !== undefined && second !== undefined)
    const aboutOther = { format: 'iss_sub', iss: first.issuer, sub: 'guest' }
    const pushes = [
      await securityEvent(second, eventTypes.disabled, 'guest'),
      await securityEvent(second, eventTypes.disabled, aboutOther),
      await securityEvent(second, eventTypes.disabled, aboutOther, {
        claims: { iss: first.issuer },
      }),
    ]
    const statuses: number[] = []
    for (const token of pushes) statuses.push((await push(outside.http, token)).status)
    assert.deepEqual(statuses, [202, 400, 400])
    assert.equal(await outside.outcome(guest, 'lamp.switch'), 'RESULT')
  })

  it('R04: a sign-out at the provider (back-channel logout) ends what came by that sign-in, and no more', async () => {
    await start()
    outside.provider.pointLogoutAt(`${outside.http}/backchannel-logout`)
    const phone = await outside.token(0, 'guest', { sid: 'phone' })
    const onPhone = await Promise.all(realms.map((realm) => outside.join(phone, { realm })))
    const onDesk = await join('guest', 'home', { sid: 'desk' })
    const ends = onPhone.map(goodbye)
    await outside.provider.logout('guest', 'phone')
    for (const end of ends) assert.equal((await end).reason, 'wamp.close.killed')
    assert.equal(await outside.outcome(onDesk, 'lamp.switch'), 'RESULT')
    assert.equal(await tryToJoin(outside, phone, 'home'), denied)
    const desk = await outside.token(0, 'guest', { sid: 'desk' })
    assert.equal(await tryToJoin(outside, desk, 'home'), 'WELCOME')
  })

  /** Lets the clock run in steps, with what each of them has started done before the next. */
  async function pass(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += 2_500) {
      clock.advance(Math.min(2_500, ms - passed))
      await wait(15)
    }
  }

  it('R04: where the provider tells nothing it is asked, and who is not active ends within 60 s', async () => {
    await start()
    const token = await outside.accessToken(1, 'friend')
    const friends = await Promise.all(realms.map((realm) => outside.join(token, { realm })))
    const other = await outside.join(await outside.accessToken(1, 'aunt'))
    await pass(60_000)
    assert.equal(friends.flatMap(({ pending }) => pending).length, 0)
    const ends = friends.map(goodbye)
    await outside.providers[1]?.revoke(token)
    await pass(60_000)
    for (const end of ends) assert.equal((await end).reason, 'wamp.close.killed')
    assert.equal(await tryToJoin(outside, token, 'home'), denied)
    assert.equal(other.pending.length, 0)
  })

  it('R04: a provider that cannot be asked has said neither yes nor no: its sessions go on until their token ends', async () => {
    await start()
    const token = await outside.accessToken(1, 'friend', { expiresInSeconds: 300 })
    const friend = await outside.join(token)
    await outside.providers[1]?.goAway()
    await pass(150_000)
    assert.equal(friend.pending.length, 0)
    assert.equal(await tryToJoin(outside, token, 'home'), 'wamp.error.authentication_failed')
    clock.advance(100_000)
    await friend.settle()
    clock.advance(100_000)
    await friend.closed
    await outside.providers[1]?.comeBack()
  })
})
