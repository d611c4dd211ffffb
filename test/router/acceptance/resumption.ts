import assert from 'node:assert/strict'
import { allRoles, type WampClient, type Wire } from '../../support/wamp-client.ts'
import { until } from '../../support/until.ts'
import { resultOf } from './answers.ts'
import { assertAborted, assertError, type Scene } from './scene.ts'

/** A session that can be resumed, and its token. */
interface Resumable {
  readonly client: WampClient
  readonly id: number
  readonly token: string
}

/** Session resumption (rfc/session-state-machine.md). */
export function describeResumption(scene: () => Scene): void {
  const detailsOf = (welcome: Wire): Record<string, unknown> => {
    assert.equal(welcome[0], 2, JSON.stringify(welcome))
    return welcome[2] as Record<string, unknown>
  }
  const resumable = async (roles: unknown = allRoles): Promise<Resumable> => {
    const client = await scene().connect()
    const welcome = await client.join('realm1', { resumable: true, roles })
    return { client, id: client.session, token: String(detailsOf(welcome)['resume-ticket']) }
  }
  /** The connection is lost, and the router has seen it. */
  const lose = async ({ client, id }: Resumable): Promise<void> => {
    client.drop()
    await until(() => scene().open.realm1.sessions.get(id)?.detached === true)
  }
  const resume = async ({ id, token }: Resumable): Promise<[WampClient, Wire]> => {
    const client = await scene().connect()
    const hello = { 'resume-session': id, 'resume-token': token }
    return [client, await client.ask([1, null, hello])]
  }
  /** Ends what would outlive the case. */
  const end = async (client: WampClient): Promise<void> => {
    await client.ask([6, {}, 'wamp.close.close_realm'])
  }

  describe('a session that can be resumed', () => {
    it('is told a ticket in WELCOME, Base64 of 16 random octets, and only if it asked', async () => {
      const tickets = new Set<unknown>()
      for (let i = 0; i < 2; i++) {
        const client = await scene().connect()
        const details = detailsOf(await client.join('realm1', { resumable: true }))
        assert.deepEqual([details['resumable'], details['resumed']], [true, false])
        const ticket = details['resume-ticket']
        assert.equal(Buffer.from(String(ticket), 'base64').length, 16)
        assert.match(String(ticket), /^[A-Za-z0-9+/]{22}==$/)
        // As clients in wide use spell it.
        assert.equal(details['resume_token'], ticket)
        tickets.add(ticket)
        await end(client)
      }
      assert.equal(tickets.size, 2)
      const plain = await scene().connect()
      const details = detailsOf(await plain.join())
      assert.deepEqual(
        Object.keys(details).filter((key) => key.startsWith('resum')),
        [],
      )
    })

    it('goes on over another connection by its ticket: the same session, with a new ticket', async () => {
      const session = await resumable()
      const registration = await session.client.register('lamp.switch')
      await lose(session)
      const [client, welcome] = await resume(session)
      const details = detailsOf(welcome)
      assert.equal(welcome[1], session.id)
      assert.deepEqual([details['resumed'], details['resumable']], [true, true])
      assert.notEqual(details['resume-ticket'], session.token)
      assert.equal(details['realm'], 'realm1')
      const caller = await scene().joinOther()
      caller.send([48, 1, {}, 'lamp.switch', ['on']])
      assert.deepEqual(await client.next(), [68, 1, registration, {}, ['on']])
      client.send([70, 1, {}, ['done']])
      assert.deepEqual(await caller.next(), [50, 1, {}, ['done']])
      await end(client)
    })

    it('gets what happened meanwhile after WELCOME, in order: events, and answers to its own calls', async () => {
      const session = await resumable()
      const topic = await session.client.subscribe('house.door')
      const other = await scene().joinOther()
      await other.register('slow.procedure')
      session.client.send([48, 7, {}, 'slow.procedure'])
      const [, invocation] = await other.next()
      await lose(session)
      await other.ask([16, 2, { acknowledge: true }, 'house.door', ['first']])
      other.send([70, invocation, {}, ['answer']])
      await other.ask([16, 3, { acknowledge: true }, 'house.door', ['second']])
      const [client, welcome] = await resume(session)
      assert.equal(welcome[0], 2)
      const [first, answer, second] = await client.take(3)
      assert.deepEqual([first?.[0], first?.[1], first?.[4]], [36, topic, ['first']])
      // The test's own ids belong to the client that was lost.
      assert.deepEqual([answer?.[0], answer?.[3]], [50, ['answer']])
      assert.deepEqual([second?.[0], second?.[1], second?.[4]], [36, topic, ['second']])
      await end(client)
    })

    it('is not called while it is away: network_failure at once, and canceled for what it was asked before', async () => {
      const session = await resumable()
      await session.client.register('lamp.switch')
      const caller = await scene().joinOther()
      caller.send([48, 1, {}, 'lamp.switch'])
      assert.equal((await session.client.next())[0], 68)
      session.client.drop()
      assertError(await caller.next(), 48, 1, 'wamp.error.canceled')
      caller.send([48, 2, {}, 'lamp.switch'])
      assertError(await caller.next(), 48, 2, 'wamp.error.network_failure')
      const [client] = await resume(session)
      // What it answers late is discarded.
      client.send([70, 1, {}, ['late']])
      caller.send([48, 3, {}, 'lamp.switch'])
      const [type, request] = await client.next()
      assert.deepEqual([type, request], [68, 2])
      client.send([70, 2, {}])
      assert.deepEqual(await caller.next(), [50, 3, {}])
      await end(client)
    })

    it('leaves its detached testaments when its connection is lost, and the others when it ends', async () => {
      const listener = await scene().joinOther()
      await listener.subscribe('my.will')
      const session = await resumable()
      for (const scope of ['destroyed', 'detached']) {
        const args = ['my.will', [scope], {}]
        await resultOf(session.client, 'wamp.session.add_testament', args, { scope })
      }
      await lose(session)
      assert.deepEqual((await listener.next())[4], ['detached'])
      const [client] = await resume(session)
      assert.deepEqual(await listener.settle(), [])
      await end(client)
      assert.deepEqual((await listener.next())[4], ['destroyed'])
      assert.deepEqual(await listener.settle(), [])
    })

    it('is refused alike for a wrong token, an unknown session, one that has ended, another realm and a used ticket', async () => {
      const session = await resumable()
      await lose(session)
      const ended = await resumable()
      await end(ended.client)
      const other = Buffer.alloc(16, 7).toString('base64')
      const attempts: [unknown, unknown, unknown][] = [
        [null, session.id, other],
        [null, session.id, ''],
        [null, session.id, undefined],
        [null, session.id, 7],
        [null, 4_711, session.token],
        [null, 'x', session.token],
        [null, ended.id, ended.token],
        ['realm2', session.id, session.token],
      ]
      const refuse = async (realm: unknown, id: unknown, token: unknown): Promise<string> => {
        const client = await scene().connect()
        const details = {
          'resume-session': id,
          ...(token !== undefined && { 'resume-token': token }),
        }
        client.send([1, realm, details])
        return assertAborted(client, 'wamp.error.no_such_session')
      }
      const texts = new Set<string>()
      for (const [realm, id, token] of attempts) texts.add(await refuse(realm, id, token))
      // None of them took the session from who has the token.
      const [client, welcome] = await resume(session)
      assert.equal(welcome[0], 2)
      texts.add(await refuse(null, session.id, session.token))
      assert.deepEqual([...texts], ['there is no session that can be resumed so'])
      await end(client)
    })

    it('can be resumed before the router knows that the connection is lost: the old one is closed', async () => {
      const session = await resumable()
      const topic = await session.client.subscribe('house.door')
      const [client, welcome] = await resume(session)
      assert.equal(welcome[1], session.id)
      await session.client.closed
      assert.deepEqual(session.client.pending, [])
      const other = await scene().joinOther()
      other.send([16, 1, {}, 'house.door', ['x']])
      assert.deepEqual((await client.next()).slice(0, 2), [36, topic])
      assert.equal(scene().open.realm1.sessions.size, 2)
      await end(client)
    })

    it('ends for good by GOODBYE and by a kill', async () => {
      const killer = await scene().joinOther()
      const ends: ((session: Resumable) => Promise<unknown>)[] = [
        ({ client }) => client.ask([6, {}, 'wamp.close.close_realm']),
        ({ id }) => resultOf(killer, 'wamp.session.kill', [id]),
        async (session) => {
          await lose(session)
          await resultOf(killer, 'wamp.session.kill', [session.id])
        },
      ]
      for (const finish of ends) {
        const session = await resumable()
        await finish(session)
        assert.equal(scene().open.realm1.sessions.has(session.id), false)
        const [, abort] = await resume(session)
        assert.deepEqual([abort[0], abort[2]], [3, 'wamp.error.no_such_session'])
      }
    })
  })
}
