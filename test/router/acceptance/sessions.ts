import assert from 'node:assert/strict'
import { allRoles, type Wire } from '../../support/wamp-client.ts'
import { until } from '../../support/until.ts'
import { assertAborted, assertError, assertViolation, type Scene } from './scene.ts'

/** From HELLO to GOODBYE (rfc/text/basic/sessions.md). */
export function describeSessions(scene: () => Scene): void {
  describe('a session', () => {
    it('begins with WELCOME in answer to HELLO, first of all messages of the router', async () => {
      const client = await scene().connect()
      const [type, session, details] = await client.join()
      assert.equal(type, 2)
      assert(Number.isInteger(session) && (session as number) >= 1)
      assert((session as number) <= 2 ** 53)
      assert(scene().open.realm1.sessions.has(session as number))
      assert.equal((details as { realm: unknown }).realm, 'realm1')
    })

    it('has an id of its own, random in [1, 2^53]', async () => {
      const ids = new Set<number>()
      for (let i = 0; i < 12; i++) {
        const [, id] = await (await scene().connect()).join()
        assert(Number.isInteger(id) && (id as number) >= 1 && (id as number) <= 2 ** 53)
        ids.add(id as number)
      }
      assert.equal(ids.size, 12)
      // 12 ids below 2^40 in a row would come about once in 10^46 times.
      assert([...ids].some((id) => id > 2 ** 40))
    })

    it('is told realm, authid, authrole, authmethod, authprovider and the router’s agent', async () => {
      const client = await scene().connect()
      const [, , details] = await client.join('realm1', { authid: 'lamp7' })
      const { realm, authid, authrole, authmethod, authprovider, agent } = details as Record<
        string,
        unknown
      >
      assert.deepEqual(
        { realm, authid, authrole, authmethod, authprovider, agent },
        {
          realm: 'realm1',
          authid: 'lamp7',
          authrole: 'anonymous',
          authmethod: 'anonymous',
          authprovider: 'test',
          agent: 'Latchkey',
        },
      )
    })

    it('is told both roles of the router with what they offer, and nothing that they do not', async () => {
      const client = await scene().connect()
      const [, , details] = await client.join()
      assert.deepEqual((details as { roles: unknown }).roles, {
        broker: {
          reflection: true,
          features: {
            event_history: true,
            event_retention: true,
            pattern_based_subscription: true,
            payload_passthru_mode: true,
            publication_trustlevels: true,
            publisher_exclusion: true,
            publisher_identification: true,
            reflection: true,
            session_meta_api: true,
            sharded_subscription: true,
            subscriber_blackwhite_listing: true,
            subscription_meta_api: true,
            subscription_revocation: true,
          },
        },
        dealer: {
          reflection: true,
          features: {
            call_canceling: true,
            call_reroute: true,
            call_timeout: true,
            call_trustlevels: true,
            caller_identification: true,
            pattern_based_registration: true,
            payload_passthru_mode: true,
            progressive_call_invocations: true,
            progressive_call_results: true,
            reflection: true,
            registration_meta_api: true,
            registration_revocation: true,
            session_meta_api: true,
            sharded_registration: true,
            shared_registration: true,
            testament_meta_api: true,
          },
        },
      })
    })

    it('does not begin without HELLO: whatever comes first is answered with ABORT', async () => {
      const firsts: Wire[] = [
        [48, 1, {}, 'lamp.switch'],
        [6, {}, 'wamp.close.close_realm'],
        [8, 68, 1, {}, 'wamp.error.canceled'],
        [70, 1, {}],
        [5, 'secret', {}],
        [33, 1, 1],
        [50, 1, {}],
        [65, 1, 1],
        [2, 1, {}],
      ]
      for (const message of firsts) {
        const client = await scene().connect()
        client.send(message)
        await assertViolation(client)
      }
    })

    it('is not answered when its client aborts before it is welcome', async () => {
      const client = await scene().connect()
      client.send([3, {}, 'wamp.close.normal'])
      await client.closed
      assert.deepEqual(client.pending, [])
    })

    it('needs at least one of the four roles', async () => {
      const details = [
        {},
        { roles: {} },
        { roles: { broker: {} } },
        { roles: 'caller' },
        { roles: { caller: true } },
        { roles: { caller: { features: 7 } } },
      ]
      for (const detail of details) {
        const client = await scene().connect()
        client.send([1, 'realm1', detail])
        await assertViolation(client)
      }
      for (const role of ['publisher', 'subscriber', 'caller', 'callee']) {
        const client = await scene().connect()
        assert.equal((await client.ask([1, 'realm1', { roles: { [role]: {} } }]))[0], 2)
      }
    })

    it('is aborted with no_such_realm where the realm does not exist', async () => {
      for (const realm of ['realm3', 'realm1.sub', 'latchkey']) {
        const client = await scene().connect()
        client.send([1, realm, { roles: allRoles }])
        await assertAborted(client, 'wamp.error.no_such_realm')
      }
    })

    it('is aborted with invalid_uri where the realm is no URI', async () => {
      for (const realm of ['', 'realm 1', 'realm#1', 'a..b', '.a', 'a.', 'a\tb']) {
        const client = await scene().connect()
        client.send([1, realm, { roles: allRoles }])
        await assertAborted(client, 'wamp.error.invalid_uri')
      }
    })

    it('that says GOODBYE gets GOODBYE back, and then the transport is closed', async () => {
      const client = await scene().join()
      assert.deepEqual(await client.ask([6, {}, 'wamp.close.close_realm']), [
        6,
        {},
        'wamp.close.goodbye_and_out',
      ])
      await client.closed
      assert.deepEqual(client.pending, [])
    })

    it('may be followed by another on the same connection, also in another realm: the first is gone by then', async () => {
      const listener = await scene().joinOther()
      const left = await listener.subscribe('wamp.session.on_leave')
      const client = await scene().join('realm1', { authid: 'first' })
      const first = client.session
      await client.register('lamp.switch')
      await client.subscribe('house.door')
      assert.equal((await client.ask([6, {}, 'wamp.close.close_realm']))[0], 6)
      assert.deepEqual((await listener.next()).slice(0, 2), [36, left])
      const { realm1 } = scene().open
      assert.equal(realm1.sessions.has(first), false)
      assert.equal(realm1.dealer.registrations.get('exact', 'lamp.switch'), undefined)
      await client.join('realm2', { authid: 'second' })
      assert.notEqual(client.session, first)
      // Its ids begin anew, and what belonged to the first session is not its own.
      client.rawIds = true
      assert.deepEqual((await client.ask([66, 1, 1])).slice(0, 3), [8, 66, 1])
      assert.equal((await client.ask([48, 2, {}, 'wamp.session.get', [client.session]]))[0], 50)
      await listener.ask([16, 2, { acknowledge: true }, 'house.door'])
      assert.equal((await client.ask([6, {}, 'wamp.close.close_realm']))[0], 6)
      await client.join('realm1')
      assert.deepEqual(client.pending, [])
    })

    it('is served by the features that its own HELLO announced, and not by those of the one before', async () => {
      const client = await scene().connect()
      const knowing = { features: { publisher_identification: true } }
      const publisher = await scene().joinOther()
      const publish = async (): Promise<unknown> => {
        await client.subscribe('house.door')
        await publisher.ask([16, 1, { acknowledge: true, disclose_me: true }, 'house.door'])
        const [type, , , details] = await client.next()
        assert.equal(type, 36)
        await client.ask([6, {}, 'wamp.close.close_realm'])
        return (details as { publisher?: unknown }).publisher
      }
      await client.join('realm1', { roles: { ...allRoles, subscriber: knowing } })
      assert.equal(await publish(), publisher.session)
      await client.join('realm1', { roles: allRoles })
      assert.equal(await publish(), undefined)
      // What another role announced is no feature of this one.
      await client.join('realm1', { roles: { ...allRoles, publisher: knowing, caller: knowing } })
      assert.equal(await publish(), undefined)
    })

    it('that the router ended by GOODBYE may be followed by another, once the client has answered', async () => {
      const client = await scene().join()
      scene().open.realm1.sessions.get(client.session)?.kill('my.reason', 'out', 3_000)
      assert.deepEqual(await client.next(), [6, { message: 'out' }, 'my.reason'])
      client.send([6, {}, 'wamp.close.goodbye_and_out'])
      await client.join('realm2')
      assert.equal(scene().open.realm1.sessions.size, 0)
    })

    it('is the last of its connection where it ended by ABORT', async () => {
      const client = await scene().join()
      client.send([1, 'realm1', { roles: allRoles }])
      client.send([6, {}, 'wamp.close.close_realm'])
      client.send([1, 'realm1', { roles: allRoles }])
      await assertViolation(client)
      assert.equal(scene().open.realm1.sessions.size, 0)
    })

    it('may give any URI as the reason of its GOODBYE, also one of its own', async () => {
      for (const reason of ['wamp.error.goodbye_and_out', 'wamp.close.normal', 'my.reason']) {
        const client = await scene().join()
        assert.deepEqual(await client.ask([6, { message: 'bye' }, reason]), [
          6,
          {},
          'wamp.close.goodbye_and_out',
        ])
      }
    })

    it('takes all that it sent before its GOODBYE along, and nothing that comes after', async () => {
      const listener = await scene().joinOther()
      const topic = await listener.subscribe('house.door')
      const client = await scene().join()
      client.send([16, 1, {}, 'house.door', ['before']])
      client.send([6, {}, 'wamp.close.close_realm'])
      client.send([16, 2, {}, 'house.door', ['after']])
      await client.closed
      const event = await listener.next()
      assert.deepEqual([event[0], event[1], event[4]], [36, topic, ['before']])
      assert.deepEqual(await listener.settle(), [])
    })

    it('is sent nothing after the router’s own GOODBYE', async () => {
      const listener = await scene().joinOther()
      await listener.subscribe('house.door')
      const publisher = await scene().join()
      const { sessions } = scene().open.realm1
      const session = [...sessions.values()].find(({ ledger }) => ledger.subscriptions.size > 0)
      session?.kill('wamp.close.killed', 'out', 500)
      publisher.send([16, 1, { acknowledge: true }, 'house.door'])
      assert.equal((await publisher.next())[0], 17)
      assert.deepEqual(await listener.next(), [6, { message: 'out' }, 'wamp.close.killed'])
      // What is not GOODBYE is ignored now, and GOODBYE ends it.
      listener.send([48, 9, {}, 'nobody.here'])
      listener.send([6, {}, 'wamp.close.goodbye_and_out'])
      await listener.closed
      assert.deepEqual(listener.pending, [])
    })

    it('that aborts is not answered', async () => {
      const client = await scene().join()
      client.send([3, { message: 'no more' }, 'wamp.error.protocol_violation'])
      await client.closed
      assert.deepEqual(client.pending, [])
    })

    it('that is aborted with arguments, before WELCOME or later, is over, and no ABORT is answered', async () => {
      for (const join of [true, false]) {
        const client = await scene().connect()
        if (join) await client.join()
        client.send([3, { message: 'no more' }, 'my.reason', ['why', 7], { more: true }])
        await client.closed
        assert.deepEqual(client.pending, [])
      }
      assert.equal(scene().open.realm1.sessions.size, 0)
    })

    it('takes its subscriptions, registrations and calls along, whether it says GOODBYE, aborts or is lost', async () => {
      const { realm1 } = scene().open
      const other = await scene().joinOther()
      await other.register('slow.procedure')
      const ends: ((client: Awaited<ReturnType<Scene['join']>>) => void)[] = [
        (client) => client.send([6, {}, 'wamp.close.close_realm']),
        (client) => client.send([3, {}, 'wamp.close.normal']),
        (client) => client.drop(),
      ]
      for (const [i, end] of ends.entries()) {
        const client = await scene().join()
        const session = realm1.sessions.get(client.session)
        await client.register('lamp.switch')
        await client.subscribe('house.door')
        client.send([48, 3, {}, 'slow.procedure'])
        const [, invocation] = await other.next()
        other.send([48, 10 + i, {}, 'lamp.switch'])
        assert.equal((await client.next())[0], 68)
        end(client)
        assertError(await other.next(), 48, 10 + i, 'wamp.error.canceled')
        // Its own call is over as well: the late answer goes nowhere, and is no violation.
        other.send([70, invocation, {}])
        assert.deepEqual(await other.settle(), [])
        assert.deepEqual(session?.ledger.calls.size, 0)
        assert.deepEqual([realm1.dealer.registrations.size, realm1.broker.size], [1, 0])
      }
    })

    it('leaves nothing behind, whether it says GOODBYE, aborts or is lost', async () => {
      const { realm1 } = scene().open
      const ends: ((client: Awaited<ReturnType<Scene['join']>>) => void)[] = [
        (client) => client.send([6, {}, 'wamp.close.close_realm']),
        (client) => client.send([3, {}, 'wamp.close.normal']),
        (client) => client.drop(),
      ]
      for (const end of ends) {
        const client = await scene().join()
        await client.register('lamp.switch')
        await client.subscribe('house.door')
        assert.deepEqual([realm1.dealer.registrations.size, realm1.broker.size], [1, 1])
        end(client)
        await until(() => realm1.sessions.size === 0)
        assert.deepEqual([realm1.dealer.registrations.size, realm1.broker.size], [0, 0])
        await client.closed
      }
    })
  })
}
