import assert from 'node:assert/strict'
import { errorOf, events, resultOf, withoutTime } from './answers.ts'
import type { Scene } from './scene.ts'

/** The subscription meta API (rfc/text/advanced/meta_api_subscriptions.md). */
export function describeSubscriptionMeta(scene: () => Scene): void {
  describe('the subscription meta API', () => {
    it('tells of a new subscription by on_create, with its details', async () => {
      const watcher = await scene().join()
      const creations = await watcher.subscribe('wamp.subscription.on_create')
      const listener = await scene().joinOther()
      const exact = await listener.subscribe('house.door')
      const prefix = await listener.subscribe('house', { match: 'prefix' })
      // The first that it tells of is its own.
      await watcher.next()
      const told = (await events(watcher, 2)) as [number, [number, Record<string, unknown>]][]
      assert.deepEqual(
        told.map(([subscription, [session, details]]) => [
          subscription,
          session,
          withoutTime(details),
        ]),
        [
          [creations, listener.session, { id: exact, uri: 'house.door', match: 'exact' }],
          [creations, listener.session, { id: prefix, uri: 'house', match: 'prefix' }],
        ],
      )
    })

    it('tells of each subscriber by on_subscribe, after on_create', async () => {
      const watcher = await scene().join()
      await watcher.subscribe('wamp.subscription.', { match: 'prefix' })
      await watcher.take(2)
      const [first, second] = [await scene().joinOther(), await scene().joinOther()]
      const id = await first.subscribe('house.door')
      await second.subscribe('house.door')
      const messages = await watcher.take(3)
      assert.deepEqual(
        messages.map(([, , , details, args]) => [
          (details as { topic: unknown }).topic,
          (args as unknown[])[0],
        ]),
        [
          ['wamp.subscription.on_create', first.session],
          ['wamp.subscription.on_subscribe', first.session],
          ['wamp.subscription.on_subscribe', second.session],
        ],
      )
      assert.deepEqual(messages[1]?.[4], [first.session, id])
      assert.deepEqual(messages[2]?.[4], [second.session, id])
    })

    it('tells of each subscriber that unsubscribes, or is lost, by on_unsubscribe', async () => {
      const watcher = await scene().join()
      const [first, second] = [await scene().joinOther(), await scene().joinOther()]
      const id = await first.subscribe('house.door')
      await second.subscribe('house.door')
      const gone = await watcher.subscribe('wamp.subscription.on_unsubscribe')
      first.send([34, 2, id])
      assert.deepEqual(await events(watcher, 1), [[gone, [first.session, id]]])
      second.drop()
      assert.deepEqual(await events(watcher, 1), [[gone, [second.session, id]]])
    })

    it('tells of a subscription that lost its last subscriber by on_delete, after on_unsubscribe', async () => {
      const watcher = await scene().join()
      const [first, second] = [await scene().joinOther(), await scene().joinOther()]
      const id = await first.subscribe('house.door')
      await second.subscribe('house.door')
      await watcher.subscribe('wamp.subscription.', { match: 'prefix' })
      await watcher.take(2)
      await first.ask([34, 2, id])
      second.drop()
      const messages = await watcher.take(3)
      assert.deepEqual(
        messages.map(([, , , details, args]) => [(details as { topic: unknown }).topic, args]),
        [
          ['wamp.subscription.on_unsubscribe', [first.session, id]],
          ['wamp.subscription.on_unsubscribe', [second.session, id]],
          ['wamp.subscription.on_delete', [second.session, id]],
        ],
      )
    })

    it('lists the subscriptions by match policy, those to wildcards too', async () => {
      const [asker, listener] = [await scene().join(), await scene().joinOther()]
      const list = async (): Promise<Record<string, number[]>> => {
        const [lists] = (await resultOf(asker, 'wamp.subscription.list')) as [
          Record<string, number[]>,
        ]
        return lists
      }
      // What history is kept of is there from the start.
      const before = await list()
      assert.deepEqual(Object.keys(before).toSorted(), ['exact', 'prefix', 'wildcard'])
      const made = {
        exact: [await listener.subscribe('house.door'), await listener.subscribe('house.bell')],
        prefix: [await listener.subscribe('house', { match: 'prefix' })],
        wildcard: [await listener.subscribe('house..open', { match: 'wildcard' })],
      }
      const after = await list()
      for (const [match, ids] of Object.entries(made)) {
        assert.deepEqual(after[match], [...(before[match] ?? []), ...ids])
      }
    })

    it('looks the subscription to a topic and match policy up: its id, or null and not 0', async () => {
      const [asker, listener] = [await scene().join(), await scene().joinOther()]
      const exact = await listener.subscribe('house')
      const prefix = await listener.subscribe('house', { match: 'prefix' })
      const lookup = async (...args: unknown[]): Promise<unknown> =>
        resultOf(asker, 'wamp.subscription.lookup', args)
      assert.deepEqual(await lookup('house'), [exact])
      assert.deepEqual(await lookup('house', { match: 'prefix' }), [prefix])
      assert.deepEqual(await lookup('house', { match: 'wildcard' }), [null])
      assert.deepEqual(await lookup('house.door'), [null])
    })

    it('finds all subscriptions that an event of a topic goes to: their ids, or null', async () => {
      const [asker, listener] = [await scene().join(), await scene().joinOther()]
      const ids = [
        await listener.subscribe('house.door'),
        await listener.subscribe('house', { match: 'prefix' }),
        await listener.subscribe('.door', { match: 'wildcard' }),
      ]
      await listener.subscribe('house.bell')
      const match = async (topic: string): Promise<unknown> =>
        resultOf(asker, 'wamp.subscription.match', [topic])
      const [found] = (await match('house.door')) as [number[]]
      assert.deepEqual(new Set(found), new Set(ids))
      assert.deepEqual(await match('garden.gate'), [null])
    })

    it('gives the details of a subscription, or no_such_subscription', async () => {
      const [asker, listener] = [await scene().join(), await scene().joinOther()]
      const id = await listener.subscribe('house..open', { match: 'wildcard' })
      const [details] = (await resultOf(asker, 'wamp.subscription.get', [id])) as [
        Record<string, unknown>,
      ]
      assert.deepEqual(withoutTime(details), { id, uri: 'house..open', match: 'wildcard' })
      const error = await errorOf(asker, 'wamp.subscription.get', [4_711])
      assert.equal(error, 'wamp.error.no_such_subscription')
    })

    it('lists the subscribers of a subscription by their sessions, or no_such_subscription', async () => {
      const asker = await scene().join()
      const [first, second] = [await scene().joinOther(), await scene().joinOther()]
      const id = await first.subscribe('house.door')
      await second.subscribe('house.door')
      const subscribers = await resultOf(asker, 'wamp.subscription.list_subscribers', [id])
      assert.deepEqual(subscribers, [[first.session, second.session]])
      const error = await errorOf(asker, 'wamp.subscription.list_subscribers', [4_711])
      assert.equal(error, 'wamp.error.no_such_subscription')
    })

    it('counts the subscribers of a subscription, or no_such_subscription', async () => {
      const asker = await scene().join()
      const [first, second] = [await scene().joinOther(), await scene().joinOther()]
      const id = await first.subscribe('house.door')
      await second.subscribe('house.door')
      assert.deepEqual(await resultOf(asker, 'wamp.subscription.count_subscribers', [id]), [2])
      const error = await errorOf(asker, 'wamp.subscription.count_subscribers', [4_711])
      assert.equal(error, 'wamp.error.no_such_subscription')
    })

    it('tells of the router’s own doings only those who subscribe to wamp. by name', async () => {
      const listener = await scene().join()
      await listener.subscribe('', { match: 'prefix' })
      await listener.subscribe('..', { match: 'wildcard' })
      const other = await scene().joinOther()
      await other.subscribe('house.door')
      await other.register('lamp.switch')
      assert.deepEqual(await listener.settle(), [])
    })
  })
}
