import assert from 'node:assert/strict'
import { subscriber, type Scene } from './scene.ts'

/** Who published (rfc/text/advanced/pubsub_publisher_identification.md). */
export function describeIdentification(scene: () => Scene): void {
  describe('the publisher of an event', () => {
    it('is told with id, authid and authrole where it asks for disclose_me, and else is not', async () => {
      const publisher = await scene().connect()
      const [, session] = await publisher.join('realm1', { authid: 'doorbell' })
      const listener = await scene().joinOther(
        'realm1',
        subscriber({ publisher_identification: true }),
      )
      const exact = await listener.subscribe('house.door')
      const prefix = await listener.subscribe('house', { match: 'prefix' }, 2)
      const who = {
        publisher: session,
        publisher_authid: 'doorbell',
        publisher_authrole: 'anonymous',
      }
      const published = async (options: object): Promise<Map<unknown, unknown>> => {
        publisher.send([16, 1, options, 'house.door'])
        await publisher.settle()
        return new Map((await listener.settle()).map((event) => [event[1], event[3]]))
      }
      assert.deepEqual(
        await published({ disclose_me: true }),
        new Map<unknown, unknown>([
          [exact, who],
          [prefix, { ...who, topic: 'house.door' }],
        ]),
      )
      for (const options of [{}, { disclose_me: false }]) {
        assert.deepEqual(
          await published(options),
          new Map<unknown, unknown>([
            [exact, {}],
            [prefix, { topic: 'house.door' }],
          ]),
        )
      }
    })

    it('is not told to a subscriber that did not announce the feature, though others are told', async () => {
      const publisher = await scene().join()
      const told = await scene().joinOther('realm1', subscriber({ publisher_identification: true }))
      const untold = await scene().joinOther()
      for (const listener of [untold, told]) await listener.subscribe('house.door')
      publisher.send([16, 1, { disclose_me: true }, 'house.door', [1]])
      await publisher.settle()
      const [[seen = []], [unseen]] = [await told.settle(), await untold.settle()]
      assert('publisher' in (seen[3] as object))
      assert.deepEqual(unseen?.slice(3), [{}, [1]])
    })
  })
}
