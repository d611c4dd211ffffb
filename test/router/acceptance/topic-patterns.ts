import assert from 'node:assert/strict'
import type { WampClient, Wire } from '../../support/wamp-client.ts'
import type { Scene } from './scene.ts'

/** Patterns of topics (rfc/text/advanced/pubsub_pattern_based_subscription.md). */
export function describeTopicPatterns(scene: () => Scene): void {
  describe('a subscription to a pattern', () => {
    let publisher: WampClient
    let listener: WampClient

    beforeEach(async () => {
      publisher = await scene().join()
      listener = await scene().joinOther()
    })

    const published = async (topic: string): Promise<Wire[]> => {
      publisher.send([16, 1, {}, topic])
      await publisher.settle()
      return listener.settle()
    }
    const isReached = async (topic: string): Promise<boolean> =>
      (await published(topic)).length === 1

    it('with match=prefix gets what begins with its text, be that in the middle of a component', async () => {
      await listener.subscribe('myapp.topic.emergency', { match: 'prefix' })
      for (const rest of ['', '.11', '-low', '.category.severe'])
        assert.equal(await isReached(`myapp.topic.emergency${rest}`), true, rest)
      for (const topic of ['myapp.topic.emerge', 'myapp.topic', 'other.myapp.topic.emergency'])
        assert.equal(await isReached(topic), false, topic)
    })

    it('with match=prefix stays with the others when one of its subscribers leaves it', async () => {
      const other = await scene().join()
      const id = await listener.subscribe('house', { match: 'prefix' })
      assert.equal(await other.subscribe('house', { match: 'prefix' }), id)
      assert.deepEqual(await other.ask([34, 2, id]), [35, 2])
      assert.equal(await isReached('house.door'), true)
      assert.deepEqual(await other.settle(), [])
    })

    it('with match=wildcard gets what has exactly one component, whatever it is, for each empty one', async () => {
      await listener.subscribe('myapp..userevent', { match: 'wildcard' })
      for (const part of ['foo', 'bar', 'a12', '*'])
        assert.equal(await isReached(`myapp.${part}.userevent`), true, part)
      for (const topic of [
        'myapp.foo.userevent.bar',
        'myapp.foo.user',
        'myapp2.foo.userevent',
        'myapp.userevent',
        'myapp.a.b.userevent',
      ])
        assert.equal(await isReached(topic), false, topic)
    })

    it('gets an event besides the exact one, every prefix and every wildcard that match, each once', async () => {
      const ids = [
        await listener.subscribe('house.door.front'),
        await listener.subscribe('house', { match: 'prefix' }, 2),
        await listener.subscribe('house.door.', { match: 'prefix' }, 3),
        await listener.subscribe('house..front', { match: 'wildcard' }, 4),
        await listener.subscribe('..', { match: 'wildcard' }, 5),
        await listener.subscribe('house.door.front', { match: 'prefix' }, 6),
      ]
      await listener.subscribe('house.lamp', { match: 'prefix' }, 7)
      await listener.subscribe('.', { match: 'wildcard' }, 8)
      const events = await published('house.door.front')
      assert.deepEqual(
        events.map((event) => event[1] as number).toSorted((a, b) => a - b),
        ids.toSorted((a, b) => a - b),
      )
      assert.equal(new Set(events.map((event) => event[2])).size, 1)
    })

    it('is told the topic of each event in its details, and one to an exact topic is not', async () => {
      const exact = await listener.subscribe('house.door')
      const prefix = await listener.subscribe('ho', { match: 'prefix' }, 2)
      const wildcard = await listener.subscribe('.door', { match: 'wildcard' }, 3)
      const details = new Map((await published('house.door')).map((event) => [event[1], event[3]]))
      assert.deepEqual(
        details,
        new Map<unknown, unknown>([
          [exact, {}],
          [prefix, { topic: 'house.door' }],
          [wildcard, { topic: 'house.door' }],
        ]),
      )
    })
  })
}
