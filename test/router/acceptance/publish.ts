import assert from 'node:assert/strict'
import { assertError, type Scene } from './scene.ts'

/** Publish and subscribe (rfc/text/basic/publish_subscribe.md). */
export function describePublish(scene: () => Scene): void {
  describe('a subscription', () => {
    it('is one per topic and match policy, shared by its subscribers', async () => {
      const [one, other] = [await scene().join(), await scene().joinOther()]
      const exact = await one.subscribe('house.door')
      assert.equal(await other.subscribe('house.door'), exact)
      const prefix = await one.subscribe('house.door', { match: 'prefix' })
      const wildcard = await one.subscribe('house.door', { match: 'wildcard' })
      assert.equal(new Set([exact, prefix, wildcard]).size, 3)
      assert.equal(await other.subscribe('house.door', { match: 'exact' }), exact)
      assert.notEqual(await other.subscribe('house.window'), exact)
    })

    it('that one asks for twice is the one that one has, and gives no event twice', async () => {
      const [publisher, listener] = [await scene().join(), await scene().joinOther()]
      const subscription = await listener.subscribe('house.door')
      assert.equal(await listener.subscribe('house.door', {}, 2), subscription)
      publisher.send([16, 1, {}, 'house.door'])
      await publisher.settle()
      assert.equal((await listener.settle()).length, 1)
      // One UNSUBSCRIBE is enough, too.
      assert.deepEqual(await listener.ask([34, 3, subscription]), [35, 3])
      assertError(
        await listener.ask([34, 4, subscription]),
        34,
        4,
        'wamp.error.no_such_subscription',
      )
    })

    it('is answered with SUBSCRIBED before its first EVENT', async () => {
      const [publisher, listener] = [await scene().join(), await scene().joinOther()]
      for (let round = 0; round < 20; round++) {
        const topic = `house.room${round}`
        for (let i = 0; i < 5; i++) publisher.send([16, 1, {}, topic])
        listener.send([32, round + 1, {}, topic])
        for (let i = 0; i < 5; i++) publisher.send([16, 1, {}, topic])
        await publisher.settle()
        const [first, ...events] = await listener.settle()
        assert.deepEqual(first?.slice(0, 2), [33, round + 1])
        assert(events.every(([type, subscription]) => type === 36 && subscription === first?.[2]))
      }
    })

    it('of another’s, or of nobody’s, cannot be ended', async () => {
      const [one, other] = [await scene().join(), await scene().joinOther()]
      const subscription = await one.subscribe('house.door')
      for (const id of [subscription, 4711, 2 ** 53]) {
        assertError(await other.ask([34, 5, id]), 34, 5, 'wamp.error.no_such_subscription')
      }
      other.send([16, 1, {}, 'house.door'])
      assert.equal((await one.next())[0], 36)
    })

    it('gives no EVENT after UNSUBSCRIBED', async () => {
      const [publisher, listener] = [await scene().join(), await scene().joinOther()]
      const subscription = await listener.subscribe('house.door')
      for (let i = 0; i < 50; i++) publisher.send([16, 1, {}, 'house.door', [i]])
      listener.send([34, 2, subscription])
      for (let i = 0; i < 50; i++) publisher.send([16, 1, {}, 'house.door', [i]])
      await publisher.settle()
      const messages = await listener.settle()
      assert.deepEqual(messages.at(-1), [35, 2])
    })
  })

  describe('a publication', () => {
    it('without acknowledge is never answered, not even with ERROR', async () => {
      const publisher = await scene().join()
      for (const options of [{}, { acknowledge: false }]) {
        publisher.send([16, 1, options, 'house.door', ['x']])
        publisher.send([16, 2, options, 'not a uri'])
        publisher.send([16, 3, options, 'wamp.reserved'])
      }
      assert.deepEqual(await publisher.settle(), [])
    })

    it('with acknowledge is answered with PUBLISHED or ERROR', async () => {
      const publisher = await scene().join()
      const published = await publisher.ask([16, 7, { acknowledge: true }, 'house.door'])
      assert.deepEqual(published.slice(0, 2), [17, 7])
      assert(Number.isInteger(published[2]) && (published[2] as number) >= 1)
      assertError(
        await publisher.ask([16, 8, { acknowledge: true }, 'a..b']),
        16,
        8,
        'wamp.error.invalid_uri',
      )
    })

    it('has an id of its own, random, the same on every subscription that it matches', async () => {
      const [publisher, listener] = [await scene().join(), await scene().joinOther()]
      await listener.subscribe('house.door.front')
      await listener.subscribe('house.', { match: 'prefix' })
      await listener.subscribe('house..front', { match: 'wildcard' })
      const ids = new Set<unknown>()
      for (let i = 0; i < 8; i++) {
        const [, , id] = await publisher.ask([16, 7, { acknowledge: true }, 'house.door.front'])
        const events = await listener.settle()
        assert.deepEqual(
          events.map((event) => event[2]),
          [id, id, id],
        )
        ids.add(id)
      }
      assert.equal(ids.size, 8)
      assert([...ids].some((id) => (id as number) > 2 ** 40))
    })

    it('reaches a session once per subscription that matches, with the topic where that is a pattern', async () => {
      const [publisher, listener] = [await scene().join(), await scene().joinOther()]
      const exact = await listener.subscribe('house.door.front')
      const prefix = await listener.subscribe('house.do', { match: 'prefix' })
      const wildcard = await listener.subscribe('house..front', { match: 'wildcard' })
      await listener.subscribe('house.door')
      await listener.subscribe('house..', { match: 'wildcard' }, 2)
      await listener.subscribe('.front', { match: 'wildcard' })
      publisher.send([16, 1, {}, 'house.door.front', [1]])
      await publisher.settle()
      const events = await listener.settle()
      const details = new Map(events.map((event) => [event[1], event[3]]))
      assert.equal(details.size, events.length)
      assert.deepEqual(details.get(exact), {})
      assert.deepEqual(details.get(prefix), { topic: 'house.door.front' })
      assert.deepEqual(details.get(wildcard), { topic: 'house.door.front' })
      assert.equal(events.length, 4)
    })

    it('does not come back to its publisher, unless exclude_me is false', async () => {
      const client = await scene().join()
      await client.subscribe('house.door')
      client.send([16, 1, {}, 'house.door', ['not me']])
      client.send([16, 2, { exclude_me: true }, 'house.door', ['nor now']])
      client.send([16, 3, { exclude_me: false }, 'house.door', ['me']])
      assert.deepEqual(
        (await client.settle()).map((event) => event[4]),
        [['me']],
      )
    })

    it('reaches each subscriber in the order in which its publisher published, over all topics', async () => {
      const [publisher, listener] = [await scene().join(), await scene().joinOther()]
      for (const topic of ['t.a', 't.b', 't.c']) await listener.subscribe(topic)
      const count = scene().many
      for (let i = 0; i < count; i++) publisher.send([16, 1, {}, `t.${'abc'[i % 3]}`, [i]])
      await publisher.settle()
      const numbers = (await listener.settle()).map((event) => (event[4] as number[])[0])
      assert.deepEqual(
        numbers,
        Array.from({ length: count }, (_, i) => i),
      )
    })
  })
}
