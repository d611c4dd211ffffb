import assert from 'node:assert/strict'
import type { HistoryTopic } from '../../../router/history.ts'
import type { WampClient, Wire } from '../../support/wamp-client.ts'
import { assertError, type Scene } from './scene.ts'

const names = ['shape', 'reverse', 'limit', 'places', 'all', 'sessions', 'lists', 'kept', 'full']

/** What the router of these cases keeps. Each case has a topic of its own, as what is kept stays. */
export const historyTopics: readonly HistoryTopic[] = [
  ...names.map((name) => ({ uri: `history.${name}`, match: 'exact' as const, limit: 100 })),
  { uri: 'history.few', match: 'exact', limit: 3 },
  { uri: 'history.house.', match: 'prefix', limit: 100 },
  { uri: 'history.room..door', match: 'wildcard', limit: 100 },
]

interface HistoryEvent {
  readonly timestamp: string
  readonly subscription: number
  readonly publication: number
  readonly details: Record<string, unknown>
  readonly args?: readonly unknown[]
  readonly kwargs?: Record<string, unknown>
}

/** Event history (rfc/text/advanced/pubsub_event_history.md). */
export function describeEventHistory(scene: () => Scene): void {
  describe('the history of a topic', () => {
    let publisher: WampClient
    let asker: WampClient

    beforeEach(async () => {
      publisher = await scene().join()
      asker = await scene().joinOther()
    })

    const publish = async (
      topic: string,
      value: unknown,
      options: object = {},
    ): Promise<number> => {
      const published = await publisher.ask([
        16,
        1,
        { acknowledge: true, ...options },
        topic,
        [value],
      ])
      assert.equal(published[0], 17)
      return published[2] as number
    }
    const ask = (client: WampClient, id: unknown, kwargs?: object): Promise<Wire> =>
      client.ask([
        48,
        7,
        {},
        'wamp.subscription.get_events',
        [id],
        ...(kwargs === undefined ? [] : [kwargs]),
      ])
    const events = async (id: number, kwargs?: object): Promise<HistoryEvent[]> => {
      const answer = await ask(asker, id, kwargs)
      assert.deepEqual(answer.slice(0, 3), [50, 7, {}])
      return answer[3] as HistoryEvent[]
    }
    const values = async (id: number, kwargs?: object): Promise<unknown[]> =>
      (await events(id, kwargs)).map(({ args }) => args?.[0])

    it('is had by wamp.subscription.get_events as a list of events with timestamp, ids, details, args and kwargs', async () => {
      const id = await asker.subscribe('history.shape')
      const before = Date.now()
      const [, , first] = await publisher.ask([
        16,
        1,
        { acknowledge: true },
        'history.shape',
        ['open', 2 ** 40],
        { by: 'hand' },
      ])
      const [, , second] = await publisher.ask([16, 2, { acknowledge: true }, 'history.shape'])
      await asker.settle()
      const found = await events(id)
      const earlier = scene().open.realm1.broker.subscriptions.byId(id)
      assert.equal(earlier?.topic, 'history.shape')
      const [one, two] = found.slice(-2)
      assert.deepEqual(Object.keys(one ?? {}).toSorted(), [
        'args',
        'details',
        'kwargs',
        'publication',
        'subscription',
        'timestamp',
      ])
      assert.deepEqual(
        { ...one, timestamp: '' },
        {
          timestamp: '',
          subscription: id,
          publication: first,
          details: {},
          args: ['open', 2 ** 40],
          kwargs: { by: 'hand' },
        },
      )
      assert.deepEqual(
        { ...two, timestamp: '' },
        { timestamp: '', subscription: id, publication: second, details: {} },
      )
      for (const { timestamp } of [one, two] as HistoryEvent[]) {
        assert.match(timestamp, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
        const at = Date.parse(timestamp)
        assert(at >= before && at <= Date.now())
      }
    })

    it('comes in order of occurrence, and in reverse with reverse=true', async () => {
      const id = await asker.subscribe('history.reverse')
      for (const value of [1, 2, 3]) await publish('history.reverse', value)
      await asker.settle()
      assert.deepEqual((await values(id)).slice(-3), [1, 2, 3])
      assert.deepEqual((await values(id, { reverse: false })).slice(-3), [1, 2, 3])
      assert.deepEqual((await values(id, { reverse: true })).slice(0, 3), [3, 2, 1])
    })

    it('is cut by limit at the end that it is read from: with reverse the newest are left', async () => {
      const id = await asker.subscribe('history.few')
      for (const value of [1, 2, 3]) await publish('history.few', value)
      await asker.settle()
      assert.deepEqual(await values(id, { limit: 2 }), [1, 2])
      assert.deepEqual(await values(id, { limit: 2, reverse: true }), [3, 2])
      assert.deepEqual(await values(id, { limit: 10 }), [1, 2, 3])
      for (const limit of [0, -1, 1.5, '2']) {
        const text = assertError(
          await ask(asker, id, { limit }),
          48,
          7,
          'wamp.error.invalid_argument',
        )
        assert.match(String(text), /limit is .*, it must be an integer from 1/)
      }
    })

    it('of a pattern can be asked for one topic of it alone', async () => {
      const prefix = await asker.subscribe('history.house.', { match: 'prefix' })
      const wildcard = await asker.subscribe('history.room..door', { match: 'wildcard' }, 2)
      const kept: Record<string, number> = {}
      for (const topic of ['house.a', 'house.b', 'room.x.door', 'room.y.door'])
        kept[topic] = await publish(`history.${topic}`, topic)
      await asker.settle()
      for (const [id, name] of [
        [prefix, 'house.b'],
        [wildcard, 'room.x.door'],
      ] as const) {
        const topic = `history.${name}`
        const found = await events(id, { topic })
        assert.equal(found.at(-1)?.publication, kept[name])
        for (const { details } of found) assert.deepEqual(details, { topic })
        assert.deepEqual(await events(id, { topic: 'history.house.none' }), [])
        assert((await events(id)).length > found.length)
      }
    })

    it('is had from, after, before or until a publication, however its id comes over the wire', async () => {
      const id = await asker.subscribe('history.places')
      const ids = []
      for (const value of [1, 2, 3, 4]) ids.push(await publish('history.places', value))
      await asker.settle()
      const [first, second, third] = ids
      assert.deepEqual(await values(id, { from_publication: second }), [2, 3, 4])
      assert.deepEqual(await values(id, { after_publication: second }), [3, 4])
      const since = { from_publication: first }
      assert.deepEqual(await values(id, { ...since, before_publication: third }), [1, 2])
      assert.deepEqual(await values(id, { ...since, until_publication: third }), [1, 2, 3])
      assert.deepEqual(
        await values(id, { after_publication: first, limit: 2, reverse: true }),
        [4, 3],
      )
      assert.deepEqual(await values(id, { after_publication: 4711 }), [])
      const text = assertError(
        await ask(asker, id, { from_publication: 'x' }),
        48,
        7,
        'wamp.error.invalid_argument',
      )
      assert.match(String(text), /from_publication is "x"/)
    })

    it('is what meets all filters at once, an empty list where nothing does', async () => {
      const id = await asker.subscribe('history.all')
      assert.deepEqual(await ask(asker, id, { until_time: '2001-01-01T00:00:00Z' }), [
        50,
        7,
        {},
        [],
      ])
      const ids = []
      for (const value of [1, 2, 3, 4, 5]) ids.push(await publish('history.all', value))
      await asker.settle()
      const filters = {
        from_publication: ids[0],
        until_publication: ids[3],
        after_time: '2001-01-01T00:00:00Z',
        before_time: '2999-01-01T00:00:00+01:00',
        topic: 'history.all',
        limit: 2,
        reverse: true,
      }
      assert.deepEqual(await values(id, filters), [4, 3])
      assert.deepEqual(await values(id, { ...filters, limit: 100, reverse: false }), [1, 2, 3, 4])
      assert.deepEqual(await values(id, { ...filters, topic: 'history.al' }), [])
      assert.deepEqual(
        await values(id, { ...filters, before_time: '2001-01-01T00:00:00.001Z' }),
        [],
      )
    })

    it('never has what was published with lists of session ids, even empty ones', async () => {
      const id = await asker.subscribe('history.sessions')
      const from = await publish('history.sessions', 'first')
      for (const options of [{ exclude: [4711] }, { eligible: [4711] }, { exclude: [] }])
        await publish('history.sessions', 'never', options)
      await publish('history.sessions', 'last', { exclude_authid: ['nobody'] })
      await asker.settle()
      assert.deepEqual(await values(id, { from_publication: from }), ['first', 'last'])
    })

    it('is for who asks what its publishers’ lists of authids and authroles leave', async () => {
      const from = await publish('history.lists', 'all')
      await publish('history.lists', 'for lamps', { eligible_authid: ['lamp'] })
      await publish('history.lists', 'not for lamps', { exclude_authid: ['lamp'] })
      await publish('history.lists', 'for owners', { eligible_authrole: ['owner'] })
      await publish('history.lists', 'not for guests', { exclude_authrole: ['anonymous'] })
      await publish('history.lists', 'for nobody', { eligible_authid: [] })
      const seen = async (authid: string, more: object = {}): Promise<unknown[]> => {
        asker = await scene().joinOther('realm1', { authid })
        const id = await asker.subscribe('history.lists')
        return values(id, { from_publication: from, ...more })
      }
      assert.deepEqual(await seen('lamp'), ['all', 'for lamps'])
      assert.deepEqual(await seen('door'), ['all', 'not for lamps'])
      // A limit counts what one may see.
      assert.deepEqual(await seen('door', { limit: 2 }), ['all', 'not for lamps'])
    })

    it('is kept without subscribers, under an id that stays when the last one leaves', async () => {
      const from = await publish('history.kept', 'before')
      const id = await asker.subscribe('history.kept')
      assert.deepEqual(await asker.ask([34, 2, id]), [35, 2])
      await publish('history.kept', 'after')
      assert.deepEqual(await values(id, { from_publication: from }), ['before', 'after'])
      const other = await scene().joinOther()
      assert.equal(await other.subscribe('history.kept'), id)
    })

    it('holds its last events up to its limit', async () => {
      const id = await asker.subscribe('history.few')
      for (const value of [1, 2, 3, 4, 5]) await publish('history.few', value)
      await asker.settle()
      assert.deepEqual(await values(id), [3, 4, 5])
    })

    it('of an unknown subscription is no_such_subscription, of one that is not kept an empty list', async () => {
      assertError(await ask(asker, 4711), 48, 7, 'wamp.error.no_such_subscription')
      const id = await asker.subscribe('other.topic')
      await publish('other.topic', 1)
      await asker.settle()
      assert.deepEqual(await events(id), [])
      for (const bad of ['x', 0, null, 1.5])
        assertError(await ask(asker, bad), 48, 7, 'wamp.error.invalid_argument')
    })
  })
}
