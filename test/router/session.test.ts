import assert from 'node:assert/strict'
import type { Principal } from '../../router/access.ts'
import type { RealmHooks } from '../../router/realm.ts'
import type { Session } from '../../router/session.ts'
import { MemoryClient } from '../support/memory-client.ts'
import { deferred, memoryRouter, settled, type MemoryRouter } from '../support/memory-router.ts'
import { allowAll, anyone } from '../support/open-router.ts'
import { allRoles } from '../support/wamp-client.ts'

interface Scene extends MemoryRouter {
  readonly client: MemoryClient
  readonly session: Session
}

function scene(principal: Partial<Principal> = {}, hooks: RealmHooks = {}): Scene {
  const authenticators = [
    {
      ...anyone,
      begin: (...request: Parameters<typeof anyone.begin>) => ({
        ...(anyone.begin(...request) as Principal),
        ...principal,
      }),
    },
  ]
  const house = memoryRouter(allowAll, { realm: { authenticators, hooks } })
  const client = house.join()
  const [session] = house.realm.sessions.values()
  assert(session !== undefined)
  return { ...house, client, session }
}

describe('Session', () => {
  it('knows when it joined and what its client calls itself, cut to 100 characters', () => {
    const { realm, clock, join } = memoryRouter()
    join({ agent: 'x'.repeat(500) })
    join({ agent: 7 })
    const sessions = [...realm.sessions.values()]
    assert.deepEqual(
      sessions.map(({ agent }) => agent),
      ['x'.repeat(100), ''],
    )
    assert.equal(sessions[0]?.joinedAt, clock.now())
  })

  it('that is killed hears GOODBYE, and is out of everything when kill returns', () => {
    const { client, session, realm } = scene()
    client.ask([64, 1, {}, 'lamp.switch'])
    client.ask([32, 2, {}, 'house.door'])
    session.kill()
    assert.deepEqual(client.take(), [[6, {}, 'wamp.close.killed']])
    assert.equal(client.closedFor, 'goodbye')
    assert.deepEqual(
      [realm.sessions.size, realm.dealer.registrations.size, realm.broker.size],
      [0, 0, 0],
    )
    session.kill()
    session.drop('expired')
    assert.deepEqual(client.take(), [])
  })

  it('that is killed may be told why', () => {
    const { client, session } = scene()
    session.kill('my.reason', 'you were disabled')
    assert.deepEqual(client.take(), [[6, { message: 'you were disabled' }, 'my.reason']])
  })

  it('that is killed is told without the why where that is too long for it', () => {
    const { join, realm } = memoryRouter()
    const client = join({}, { maxFrameBytes: 600 })
    const [session] = realm.sessions.values()
    session?.kill(undefined, 'x'.repeat(600))
    assert.deepEqual(client.take(), [[6, {}, 'wamp.close.killed']])
  })

  it('that is dropped hears nothing', () => {
    const { client, session, realm } = scene()
    session.drop('expired')
    assert.deepEqual([client.take(), client.closedFor], [[], 'expired'])
    assert.equal(realm.sessions.size, 0)
  })

  it('is sent nothing after it has ended', () => {
    const { client, session, join } = scene()
    client.ask([32, 1, {}, 'house.door'])
    session.drop('replaced')
    const other = join()
    other.send([16, 1, {}, 'house.door'])
    assert.equal(session.send({ type: 35, request: 1 }), true)
    assert.deepEqual(client.take(), [])
  })

  it('whose client goes on sending after ABORT is not listened to', () => {
    const { client, realm, join } = scene()
    const other = join()
    other.ask([64, 1, {}, 'lamp.switch'])
    client.send([])
    client.send([48, 1, {}, 'lamp.switch'])
    client.send([6, {}, 'wamp.close.normal'])
    client.send([])
    assert.deepEqual(other.take(), [])
    assert.equal(client.take().length, 1)
    assert.equal(realm.sessions.size, 1)
  })

  it('whose message breaks something of ours is ended, no other, and it is logged', () => {
    const { client, realm, join, logged } = scene()
    const other = join()
    realm.broker.unsubscribe = () => {
      throw new Error('a bug')
    }
    client.send([34, 1, 1])
    const [abort] = client.take()
    assert.deepEqual([abort?.[0], abort?.[2]], [3, 'wamp.error.runtime_error'])
    assert.doesNotMatch(JSON.stringify(abort), /a bug/)
    assert.match(String(logged[0]?.details?.error), /a bug/)
    assert.equal(other.ask([48, 1, {}, 'nobody.here'])[0]?.[0], 8)
  })

  describe('that is shut out', () => {
    it('is heard no more and sent nothing but GOODBYE, in its turn', () => {
      const { client, session, join } = scene()
      const other = join()
      other.ask([64, 1, {}, 'lamp.switch'])
      other.send([48, 2, {}, 'tv.play'])
      session.shutOut()
      client.take()
      client.send([48, 9, {}, 'lamp.switch'])
      client.send([64, 10, {}, 'tv.play'])
      assert.deepEqual([client.take(), session.congested], [[], true])
      assert.deepEqual(
        other.take().map((message) => message[4]),
        ['wamp.error.no_such_procedure'],
      )
      session.kill()
      session.shutOut()
      assert.deepEqual(
        [client.take(), client.closedFor],
        [[[6, {}, 'wamp.close.killed']], 'goodbye'],
      )
    })

    it('ends with its transport: it is not kept for its client', () => {
      const { realm, router, clock } = memoryRouter()
      const client = MemoryClient.join(router, 'realm1', { resumable: true })
      const { waiting } = clock
      const [session] = realm.sessions.values()
      session?.shutOut()
      client.lose()
      assert.deepEqual([realm.sessions.size, router.resumption.detached], [0, 0])
      assert.equal(clock.waiting, waiting)
    })
  })

  describe('whose proof ends', () => {
    it('is closed then, without a word, so that its client signs in again', () => {
      const { client, clock, realm } = scene({ expiresAt: Date.now() + 3_600_000 })
      clock.advance(3_590_000)
      assert.equal(realm.sessions.size, 1)
      clock.advance(20_000)
      assert.deepEqual([client.take(), client.closedFor, realm.sessions.size], [[], 'expired', 0])
    })

    it('lives on when a newer proof of the same party came', () => {
      const { session, clock, realm } = scene({ expiresAt: Date.now() + 10_000 })
      session.renew({ ...session.principal, expiresAt: clock.now() + 60_000 })
      clock.advance(59_000)
      assert.equal(realm.sessions.size, 1)
      clock.advance(2_000)
      assert.equal(realm.sessions.size, 0)
    })

    it('cannot be renewed for anybody else', () => {
      const { session } = scene()
      for (const other of [{ authid: 'other' }, { kind: 'operator' }]) {
        assert.throws(() => session.renew({ ...session.principal, ...other }), /only be renewed/)
      }
    })

    it('leaves no timer when it ends before', () => {
      const { session, clock } = scene({ expiresAt: Date.now() + 10_000 })
      const { waiting } = clock
      session.drop('replaced')
      assert.equal(clock.waiting, waiting - 1)
    })
  })

  describe('in its realm', () => {
    it('is told of when it has joined and when it has left, once each', () => {
      const told: string[] = []
      const hooks: RealmHooks = {
        joined: (session) => void told.push(`joined ${session.principal.authid}`),
        left: (session) => void told.push(`left ${session.principal.authid} ${session.gone}`),
      }
      const { session, client } = scene({ authid: 'lamp' }, hooks)
      assert.deepEqual(told, ['joined lamp'])
      session.kill()
      client.lose()
      assert.deepEqual(told, ['joined lamp', 'left lamp true'])
    })

    it('gets WELCOME before GOODBYE, also when it is refused the moment it joins', () => {
      const hooks: RealmHooks = { joined: (session) => session.kill() }
      const { router, realm } = memoryRouter(allowAll, { realm: { hooks } })
      const messages = new MemoryClient(router).ask([1, 'realm1', { roles: allRoles }])
      assert.deepEqual(
        messages.map(([type]) => type),
        [2, 6],
      )
      assert.equal(realm.sessions.size, 0)
    })

    it('is not harmed by a hook that fails', () => {
      const fail = (): never => {
        throw new Error('broken')
      }
      const { client, realm, logged } = scene({}, { joined: fail, left: fail })
      assert.equal(client.ask([48, 1, {}, 'nobody.here'])[0]?.[0], 8)
      client.lose()
      assert.equal(realm.sessions.size, 0)
      assert.deepEqual(
        logged.map(({ message }) => message),
        ['a hook of a realm failed', 'a hook of a realm failed'],
      )
    })
  })

  it('takes GOODBYE in its turn: what was sent before it is not lost', async () => {
    const answer = deferred<{ allow: true }>()
    const house = memoryRouter(({ action }) =>
      action === 'publish' ? answer.promise : { allow: true },
    )
    const [client, listener] = [house.join(), house.join()]
    listener.ask([32, 1, {}, 'house.door'])
    client.send([16, 1, {}, 'house.door', ['last words']])
    assert.deepEqual(client.ask([6, {}, 'wamp.close.normal']), [])
    answer.resolve({ allow: true })
    await settled()
    assert.deepEqual(listener.take()[0]?.[4], ['last words'])
    assert.deepEqual(client.take(), [[6, {}, 'wamp.close.goodbye_and_out']])
  })
})
