import assert from 'node:assert/strict'
import type { WampClient } from '../../support/wamp-client.ts'
import { errorOf, events, featuresOf, resultOf } from './answers.ts'
import type { Scene } from './scene.ts'

/** The session meta API (rfc/text/advanced/meta_api_sessions.md). */
export function describeSessionMeta(scene: () => Scene): void {
  /** A session of this name, and its id. */
  const joinAs = async (authid: string, authrole?: string): Promise<[WampClient, number]> => {
    const details = { authid, ...(authrole !== undefined && { authrole }) }
    const client = await scene().joinOther('realm1', details)
    return [client, client.session]
  }

  describe('the session meta API', () => {
    it('is announced by broker and dealer', async () => {
      const client = await scene().connect()
      const welcome = await client.join()
      assert.equal(featuresOf(welcome, 'broker')['session_meta_api'], true)
      assert.equal(featuresOf(welcome, 'dealer')['session_meta_api'], true)
    })

    it('tells of each session that joins by on_join, with its details as the one argument', async () => {
      const watcher = await scene().join()
      const joins = await watcher.subscribe('wamp.session.on_join')
      const [, id] = await joinAs('lamp7')
      const event = await watcher.next()
      assert.deepEqual([event[0], event[1], event.length], [36, joins, 5])
      const [details, ...more] = event[4] as [Record<string, unknown>]
      assert.deepEqual(more, [])
      const { transport, ...rest } = details
      assert.deepEqual(rest, {
        session: id,
        authid: 'lamp7',
        authrole: 'anonymous',
        authmethod: 'anonymous',
        authprovider: 'test',
      })
      assert.deepEqual(
        Object.keys(transport as object).filter((key) => key === 'type' || key === 'protocol'),
        ['type', 'protocol'],
      )
    })

    it('tells of each session that leaves, lost or not, by on_leave with session, authid and authrole', async () => {
      const watcher = await scene().join()
      const leaves = await watcher.subscribe('wamp.session.on_leave')
      const [lost, lostId] = await joinAs('lamp7')
      lost.drop()
      assert.deepEqual(await events(watcher, 1), [[leaves, [lostId, 'lamp7', 'anonymous']]])
      const [polite, politeId] = await joinAs('lamp8')
      await polite.ask([6, {}, 'wamp.close.close_realm'])
      assert.deepEqual(await events(watcher, 1), [[leaves, [politeId, 'lamp8', 'anonymous']]])
    })

    it('counts and lists the sessions of the realm, those of others not', async () => {
      const [asker, askerId] = await joinAs('asker')
      const [, lampId] = await joinAs('lamp7', 'lamp')
      await scene().join('realm2')
      assert.deepEqual(await resultOf(asker, 'wamp.session.count'), [2])
      const [ids] = (await resultOf(asker, 'wamp.session.list')) as [number[]]
      assert.deepEqual(new Set(ids), new Set([askerId, lampId]))
    })

    it('counts only sessions of the roles that are asked for', async () => {
      const [asker] = await joinAs('asker')
      await joinAs('lamp7', 'lamp')
      await joinAs('lamp8', 'lamp')
      await joinAs('door1', 'door')
      assert.deepEqual(await resultOf(asker, 'wamp.session.count'), [4])
      assert.deepEqual(await resultOf(asker, 'wamp.session.count', [['lamp']]), [2])
      assert.deepEqual(await resultOf(asker, 'wamp.session.count', [['lamp', 'door']]), [3])
      assert.deepEqual(await resultOf(asker, 'wamp.session.count', [['nobody']]), [0])
      assert.deepEqual(await resultOf(asker, 'wamp.session.count', [[]]), [0])
    })

    it('lists only sessions of the roles that are asked for', async () => {
      const [asker, askerId] = await joinAs('asker')
      const [, lampId] = await joinAs('lamp7', 'lamp')
      const [, doorId] = await joinAs('door1', 'door')
      const [all] = (await resultOf(asker, 'wamp.session.list')) as [number[]]
      assert.deepEqual(new Set(all), new Set([askerId, lampId, doorId]))
      assert.deepEqual(await resultOf(asker, 'wamp.session.list', [['lamp']]), [[lampId]])
      const [ids] = (await resultOf(asker, 'wamp.session.list', [['door', 'lamp']])) as [number[]]
      assert.deepEqual(new Set(ids), new Set([lampId, doorId]))
      assert.deepEqual(await resultOf(asker, 'wamp.session.list', [[]]), [[]])
    })

    it('gives the details of one session by its number, or no_such_session', async () => {
      const [asker] = await joinAs('asker')
      const [, id] = await joinAs('lamp7', 'lamp')
      const [details] = (await resultOf(asker, 'wamp.session.get', [id])) as [
        Record<string, unknown>,
      ]
      const { transport, ...rest } = details
      assert.deepEqual(rest, {
        session: id,
        authid: 'lamp7',
        authrole: 'lamp',
        authmethod: 'anonymous',
        authprovider: 'test',
      })
      assert.equal(typeof (transport as { type: unknown }).type, 'string')
      assert.equal(await errorOf(asker, 'wamp.session.get', [4_711]), 'wamp.error.no_such_session')
    })

    it('kills a session with the reason and the message that are given', async () => {
      const [asker] = await joinAs('asker')
      const [victim, id] = await joinAs('lamp7')
      const why = { reason: 'my.reason', message: 'out with you' }
      assert.equal(await resultOf(asker, 'wamp.session.kill', [id], why), undefined)
      assert.deepEqual(await victim.next(), [6, { message: 'out with you' }, 'my.reason'])
      assert.equal(await errorOf(asker, 'wamp.session.get', [id]), 'wamp.error.no_such_session')
      victim.send([6, {}, 'wamp.close.goodbye_and_out'])
      await victim.closed
    })

    it('kills nobody by the caller’s own id or an unknown one: no_such_session, and the caller lives on', async () => {
      const [asker, askerId] = await joinAs('asker')
      for (const id of [askerId, 4_711]) {
        const error = await errorOf(asker, 'wamp.session.kill', [id])
        assert.equal(error, 'wamp.error.no_such_session')
      }
      assert.deepEqual(await resultOf(asker, 'wamp.session.count'), [1])
    })

    it('kills with the reason wamp.close.killed and no message where none is given', async () => {
      const [asker] = await joinAs('asker')
      const [victim, id] = await joinAs('lamp7')
      await resultOf(asker, 'wamp.session.kill', [id])
      assert.deepEqual(await victim.next(), [6, {}, 'wamp.close.killed'])
      const [other] = await joinAs('lamp8')
      await resultOf(asker, 'wamp.session.kill_all')
      assert.deepEqual(await other.next(), [6, {}, 'wamp.close.killed'])
    })

    it('kills nobody for a reason that is no URI: invalid_uri', async () => {
      const [asker] = await joinAs('asker')
      const [, id] = await joinAs('lamp7', 'lamp')
      for (const reason of ['', 'no uri', 'a..b', 7, ['a.b']]) {
        for (const [procedure, args] of [
          ['kill', [id]],
          ['kill_by_authid', ['lamp7']],
          ['kill_by_authrole', ['lamp']],
          ['kill_all', []],
        ] as const) {
          const error = await errorOf(asker, `wamp.session.${procedure}`, args, { reason })
          assert.equal(error, 'wamp.error.invalid_uri')
        }
      }
      assert.deepEqual(await resultOf(asker, 'wamp.session.count'), [2])
    })

    it('kills all sessions of an authid but the caller’s, and returns their ids', async () => {
      const [asker] = await joinAs('lamp7')
      const [first, firstId] = await joinAs('lamp7')
      const [second, secondId] = await joinAs('lamp7')
      await joinAs('lamp8')
      const [ids] = (await resultOf(asker, 'wamp.session.kill_by_authid', ['lamp7'])) as [number[]]
      assert.deepEqual(new Set(ids), new Set([firstId, secondId]))
      for (const victim of [first, second]) assert.equal((await victim.next())[0], 6)
      assert.deepEqual(await resultOf(asker, 'wamp.session.kill_by_authid', ['nobody']), [[]])
      assert.deepEqual(await resultOf(asker, 'wamp.session.count'), [2])
    })

    it('kills all sessions of an authrole but the caller’s, and returns how many', async () => {
      const [asker] = await joinAs('asker', 'lamp')
      const [first] = await joinAs('lamp7', 'lamp')
      const [second] = await joinAs('lamp8', 'lamp')
      await joinAs('door1', 'door')
      assert.deepEqual(await resultOf(asker, 'wamp.session.kill_by_authrole', ['lamp']), [2])
      for (const victim of [first, second]) assert.equal((await victim.next())[0], 6)
      assert.deepEqual(await resultOf(asker, 'wamp.session.kill_by_authrole', ['nobody']), [0])
      assert.deepEqual(await resultOf(asker, 'wamp.session.count'), [2])
    })

    it('kills all but the caller by kill_all, returns how many, and tells of none of it, nor of testaments', async () => {
      const [asker] = await joinAs('asker')
      const [first] = await joinAs('lamp7')
      const [second] = await joinAs('lamp8')
      await first.subscribe('house.door')
      await first.register('lamp.switch')
      for (const scope of ['detached', 'destroyed']) {
        await resultOf(first, 'wamp.session.add_testament', ['my.will', [], {}], { scope })
      }
      await asker.subscribe('my.will')
      await asker.subscribe('wamp.', { match: 'prefix' })
      await asker.take(2)
      assert.deepEqual(await resultOf(asker, 'wamp.session.kill_all'), [2])
      for (const victim of [first, second]) assert.equal((await victim.next())[0], 6)
      assert.deepEqual(await asker.settle(), [])
      assert.deepEqual(await resultOf(asker, 'wamp.session.count'), [1])
      // It tells of others as before.
      await scene().joinOther()
      assert.equal((await asker.next())[0], 36)
    })

    it('refuses arguments that are not as they must be, by name', async () => {
      const [asker] = await joinAs('asker')
      const cases: [string, unknown[], RegExp][] = [
        ['wamp.session.count', ['lamp'], /^filter_authroles is "lamp", it must be a list of str/],
        ['wamp.session.list', [[7]], /^filter_authroles is a list, it must be a list of strings/],
        ['wamp.session.get', [], /^session is absent, it must be an id/],
        ['wamp.session.get', ['1'], /^session is "1", it must be an id/],
        ['wamp.session.kill', [-1], /^session is -1, it must be an id/],
        ['wamp.session.kill_by_authid', [7], /^authid is 7, it must be a string/],
        ['wamp.session.kill_by_authrole', [], /^authrole is absent, it must be a string/],
      ]
      for (const [procedure, args, text] of cases) {
        const answer = await asker.ask([48, 1, {}, procedure, args])
        assert.deepEqual(answer.slice(0, 5), [8, 48, 1, {}, 'wamp.error.invalid_argument'])
        assert.match(String((answer[5] as unknown[])[0]), text)
      }
    })
  })
}
