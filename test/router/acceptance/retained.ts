import assert from 'node:assert/strict'
import type { WampClient, Wire } from '../../support/wamp-client.ts'
import type { Scene } from './scene.ts'

let uniques = 0

/** Retained events (rfc/text/advanced/pubsub_event_retention.md). */
export function describeRetained(scene: () => Scene): void {
  describe('a retained event', () => {
    let publisher: WampClient
    /** What is retained stays as long as the router: each case has names of its own. */
    let root: string

    beforeEach(async () => {
      publisher = await scene().join()
      root = `retained${++uniques}`
    })

    const retain = async (topic: string, value: unknown, options: object = {}): Promise<number> => {
      const published = await publisher.ask([
        16,
        1,
        { acknowledge: true, retain: true, ...options },
        topic,
        [value],
        { key: value },
      ])
      assert.equal(published[0], 17)
      return published[2] as number
    }
    /** What a new session is sent on SUBSCRIBE. */
    const subscribed = async (
      topic: string,
      options: object = { get_retained: true },
      details: Record<string, unknown> = {},
    ): Promise<Wire[]> => {
      const listener = await scene().joinOther('realm1', details)
      listener.send([32, 1, options, topic])
      return listener.settle()
    }
    const values = (events: readonly Wire[]): unknown[] =>
      events.slice(1).map((event) => (event[4] as unknown[])[0])

    it('is the latest of its topic that was published with retain, which the broker announces', async () => {
      const client = await scene().connect()
      const [, , details] = await client.join()
      const { roles } = details as { roles: { broker: { features: Record<string, unknown> } } }
      assert.equal(roles.broker.features['event_retention'], true)
      await retain(`${root}.a`, 1)
      await retain(`${root}.a`, 2)
      publisher.send([16, 1, {}, `${root}.a`, [3]])
      publisher.send([16, 1, { retain: false }, `${root}.a`, [4]])
      await publisher.settle()
      assert.deepEqual(values(await subscribed(`${root}.a`)), [2])
    })

    it('comes after SUBSCRIBED to who asks for get_retained, once and with retained=true, and to nobody else', async () => {
      const publication = await retain(`${root}.a`, 'still')
      const [answer, ...events] = await subscribed(`${root}.a`)
      assert.deepEqual(answer?.slice(0, 2), [33, 1])
      assert.deepEqual(events, [
        [36, answer?.[2], publication, { retained: true }, ['still'], { key: 'still' }],
      ])
      for (const options of [{}, { get_retained: false }]) {
        assert.deepEqual(values(await subscribed(`${root}.a`, options)), [])
      }
      assert.deepEqual(values(await subscribed(`${root}.other`)), [])
    })

    it('is not leaked past its publisher’s lists: by session id, authid and authrole, with or without other lists', async () => {
      const get = { get_retained: true }
      const reaches = async (lists: object): Promise<boolean[]> => {
        // A topic of its own: nothing older may come instead.
        const topic = `${root}.t${++uniques}`
        await retain(topic, 'x', lists)
        const reached = []
        for (const authid of ['door', 'lamp']) {
          reached.push(values(await subscribed(topic, get, { authid })).length === 1)
        }
        return reached
      }
      assert.deepEqual(await reaches({ eligible_authid: ['door'] }), [true, false])
      assert.deepEqual(await reaches({ exclude_authid: ['door'] }), [false, true])
      assert.deepEqual(await reaches({ eligible_authrole: ['anonymous'] }), [true, true])
      assert.deepEqual(await reaches({ eligible_authrole: ['owner'] }), [false, false])
      assert.deepEqual(await reaches({ exclude_authrole: ['anonymous'] }), [false, false])
      assert.deepEqual(
        await reaches({ exclude_authid: ['door'], eligible_authrole: ['anonymous'] }),
        [false, true],
      )
      // Sessions of today are not those of then: an id that was eligible may be nobody's now.
      assert.deepEqual(await reaches({ eligible: [4711] }), [false, false])
      assert.deepEqual(await reaches({ eligible: [] }), [false, false])
      assert.deepEqual(await reaches({ exclude: [4711] }), [true, true])
      const here = await scene().joinOther()
      const id = [...scene().open.realm1.sessions.keys()].at(-1)
      await retain(`${root}.b`, 'x', { exclude: [id] })
      await retain(`${root}.c`, 'x', { eligible: [id] })
      for (const [request, topic, count] of [
        [1, 'b', 0],
        [2, 'c', 1],
      ] as const) {
        assert.equal((await here.ask([32, request, get, `${root}.${topic}`]))[0], 33)
        assert.equal((await here.settle()).length, count)
      }
    })

    it('that is not for a subscriber leaves it the latest one that is', async () => {
      await retain(`${root}.a`, 'for all')
      await retain(`${root}.a`, 'for lamps', { eligible_authid: ['lamp'] })
      const get = { get_retained: true }
      assert.deepEqual(values(await subscribed(`${root}.a`, get, { authid: 'lamp' })), [
        'for lamps',
      ])
      assert.deepEqual(values(await subscribed(`${root}.a`, get, { authid: 'door' })), ['for all'])
      await retain(`${root}.a`, 'for all again')
      assert.deepEqual(values(await subscribed(`${root}.a`, get, { authid: 'lamp' })), [
        'for all again',
      ])
    })

    it('of every topic that matches comes to a subscriber of a prefix or wildcard pattern', async () => {
      const expected = []
      for (const [i, topic] of ['room1.door', 'room2.door', 'room2.lamp'].entries()) {
        const publication = await retain(`${root}.${topic}`, i)
        expected.push([publication, { retained: true, topic: `${root}.${topic}` }, [i]])
      }
      const parts = (events: readonly Wire[]): unknown[] =>
        events.slice(1).map((event) => event.slice(2, 5))
      const of = (match: string, pattern: string): Promise<Wire[]> =>
        subscribed(pattern, { match, get_retained: true })
      assert.deepEqual(parts(await of('prefix', `${root}.`)), expected)
      assert.deepEqual(parts(await of('prefix', `${root}.room2`)), expected.slice(1))
      assert.deepEqual(parts(await of('wildcard', `${root}..door`)), expected.slice(0, 2))
      assert.deepEqual(parts(await of('wildcard', `${root}.`)), [])
    })
  })
}
