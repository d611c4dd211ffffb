import assert from 'node:assert/strict'
import type { WampClient } from '../../support/wamp-client.ts'
import { errorOf, events, resultOf, withoutTime } from './answers.ts'
import type { Scene } from './scene.ts'

/** The registration meta API (rfc/text/advanced/meta_api_registrations.md). */
export function describeRegistrationMeta(scene: () => Scene): void {
  const register = async (
    client: WampClient,
    procedure: string,
    options: Record<string, unknown> = {},
  ): Promise<number> => {
    const answer = await client.ask([64, 1, options, procedure])
    assert.equal(answer[0], 65, JSON.stringify(answer))
    return answer[2] as number
  }

  describe('the registration meta API', () => {
    it('tells of a new registration by on_create, with its details: also match and invoke that nobody gave', async () => {
      const watcher = await scene().join()
      const creations = await watcher.subscribe('wamp.registration.on_create')
      const device = await scene().joinOther()
      const plain = await register(device, 'lamp.switch')
      const shared = await register(device, 'lamp', { match: 'prefix', invoke: 'roundrobin' })
      const told = (await events(watcher, 2)) as [number, [number, Record<string, unknown>]][]
      assert.deepEqual(
        told.map(([subscription, [session, details]]) => [
          subscription,
          session,
          withoutTime(details),
        ]),
        [
          [
            creations,
            device.session,
            { id: plain, uri: 'lamp.switch', match: 'exact', invoke: 'single' },
          ],
          [
            creations,
            device.session,
            { id: shared, uri: 'lamp', match: 'prefix', invoke: 'roundrobin' },
          ],
        ],
      )
    })

    it('tells of each callee that registers by on_register, after on_create', async () => {
      const watcher = await scene().join()
      const all = await watcher.subscribe('wamp.registration.', { match: 'prefix' })
      const [first, second] = [await scene().joinOther(), await scene().joinOther()]
      const id = await register(first, 'lamp.switch', { invoke: 'first' })
      await register(second, 'lamp.switch', { invoke: 'first' })
      const messages = await watcher.take(3)
      assert.deepEqual(
        messages.map(([type, subscription, , details, args]) => [
          type,
          subscription,
          (details as { topic: unknown }).topic,
          (args as unknown[])[0],
        ]),
        [
          [36, all, 'wamp.registration.on_create', first.session],
          [36, all, 'wamp.registration.on_register', first.session],
          [36, all, 'wamp.registration.on_register', second.session],
        ],
      )
      assert.deepEqual(messages[1]?.[4], [first.session, id])
      assert.deepEqual(messages[2]?.[4], [second.session, id])
    })

    it('tells of each callee that unregisters or is lost by on_unregister', async () => {
      const watcher = await scene().join()
      const [first, second] = [await scene().joinOther(), await scene().joinOther()]
      const id = await register(first, 'lamp.switch', { invoke: 'first' })
      await register(second, 'lamp.switch', { invoke: 'first' })
      const gone = await watcher.subscribe('wamp.registration.on_unregister')
      first.send([66, 2, id])
      assert.deepEqual(await events(watcher, 1), [[gone, [first.session, id]]])
      second.drop()
      assert.deepEqual(await events(watcher, 1), [[gone, [second.session, id]]])
    })

    it('tells of a registration that lost its last callee by on_delete, after on_unregister', async () => {
      const watcher = await scene().join()
      const [first, second] = [await scene().joinOther(), await scene().joinOther()]
      const id = await register(first, 'lamp.switch', { invoke: 'first' })
      await register(second, 'lamp.switch', { invoke: 'first' })
      await watcher.subscribe('wamp.registration.', { match: 'prefix' })
      await first.ask([66, 2, id])
      second.drop()
      const messages = await watcher.take(3)
      assert.deepEqual(
        messages.map(([, , , details, args]) => [(details as { topic: unknown }).topic, args]),
        [
          ['wamp.registration.on_unregister', [first.session, id]],
          ['wamp.registration.on_unregister', [second.session, id]],
          ['wamp.registration.on_delete', [second.session, id]],
        ],
      )
    })

    it('lists the registrations by match policy', async () => {
      const [asker, device] = [await scene().join(), await scene().joinOther()]
      const list = async (): Promise<unknown> => resultOf(asker, 'wamp.registration.list')
      assert.deepEqual(await list(), [{ exact: [], prefix: [], wildcard: [] }])
      const exact = [await register(device, 'lamp.on'), await register(device, 'lamp.off')]
      const prefix = [await register(device, 'lamp', { match: 'prefix' })]
      const wildcard = [await register(device, 'lamp..dim', { match: 'wildcard' })]
      assert.deepEqual(await list(), [{ exact, prefix, wildcard }])
    })

    it('looks the registration of a URI and match policy up: its id, or null and not 0', async () => {
      const [asker, device] = [await scene().join(), await scene().joinOther()]
      const exact = await register(device, 'lamp')
      const prefix = await register(device, 'lamp', { match: 'prefix' })
      const lookup = async (...args: unknown[]): Promise<unknown> =>
        resultOf(asker, 'wamp.registration.lookup', args)
      assert.deepEqual(await lookup('lamp'), [exact])
      assert.deepEqual(await lookup('lamp', {}), [exact])
      assert.deepEqual(await lookup('lamp', { match: 'prefix' }), [prefix])
      assert.deepEqual(await lookup('lamp', { match: 'wildcard' }), [null])
      assert.deepEqual(await lookup('lamp.on'), [null])
    })

    it('finds the registration that a call would reach: its id, or null and not 0', async () => {
      const [asker, device] = [await scene().join(), await scene().joinOther()]
      const exact = await register(device, 'lamp.on')
      const prefix = await register(device, 'lamp', { match: 'prefix' })
      const match = async (uri: string): Promise<unknown> =>
        resultOf(asker, 'wamp.registration.match', [uri])
      assert.deepEqual(await match('lamp.on'), [exact])
      assert.deepEqual(await match('lamp.off'), [prefix])
      assert.deepEqual(await match('door.open'), [null])
      // What the router answers by itself is no registration.
      assert.deepEqual(await match('wamp.session.list'), [null])
    })

    it('gives the details of a registration, or no_such_registration', async () => {
      const [asker, device] = [await scene().join(), await scene().joinOther()]
      const id = await register(device, 'lamp..dim', { match: 'wildcard', invoke: 'last' })
      const [details] = (await resultOf(asker, 'wamp.registration.get', [id])) as [
        Record<string, unknown>,
      ]
      assert.deepEqual(withoutTime(details), {
        id,
        uri: 'lamp..dim',
        match: 'wildcard',
        invoke: 'last',
      })
      const error = await errorOf(asker, 'wamp.registration.get', [4_711])
      assert.equal(error, 'wamp.error.no_such_registration')
    })

    it('lists the callees of a registration by their sessions, or no_such_registration', async () => {
      const asker = await scene().join()
      const [first, second] = [await scene().joinOther(), await scene().joinOther()]
      const id = await register(first, 'lamp.switch', { invoke: 'random' })
      await register(second, 'lamp.switch', { invoke: 'random' })
      const callees = await resultOf(asker, 'wamp.registration.list_callees', [id])
      assert.deepEqual(callees, [[first.session, second.session]])
      const error = await errorOf(asker, 'wamp.registration.list_callees', [4_711])
      assert.equal(error, 'wamp.error.no_such_registration')
    })

    it('counts the callees of a registration, or no_such_registration', async () => {
      const asker = await scene().join()
      const [first, second] = [await scene().joinOther(), await scene().joinOther()]
      const id = await register(first, 'lamp.switch', { invoke: 'random' })
      await register(second, 'lamp.switch', { invoke: 'random' })
      assert.deepEqual(await resultOf(asker, 'wamp.registration.count_callees', [id]), [2])
      const error = await errorOf(asker, 'wamp.registration.count_callees', [4_711])
      assert.equal(error, 'wamp.error.no_such_registration')
    })

    it('refuses arguments that are not as they must be, by name', async () => {
      const asker = await scene().join()
      const cases: [string, unknown[], RegExp][] = [
        ['lookup', [], /^procedure is absent, it must be a string/],
        ['lookup', ['a.b', { match: 'fuzzy' }], /^options.match is "fuzzy", it must be one of ex/],
        ['lookup', ['a.b', 'prefix'], /^options is "prefix", it must be a dict/],
        ['match', [7], /^procedure is 7, it must be a string/],
        ['get', ['x'], /^registration is "x", it must be an id/],
        ['count_callees', [], /^registration is absent, it must be an id/],
      ]
      for (const [procedure, args, text] of cases) {
        const answer = await asker.ask([48, 1, {}, `wamp.registration.${procedure}`, args])
        assert.deepEqual(answer.slice(0, 5), [8, 48, 1, {}, 'wamp.error.invalid_argument'])
        assert.match(String((answer[5] as unknown[])[0]), text)
      }
    })
  })
}
