import assert from 'node:assert/strict'
import type { EventQuery, EventRow, EventStore, EventStream } from '../../router/event-store.ts'

const at = 1_700_000_000_000
const door: EventStream = { realm: 'home', match: 'exact', uri: 'house.door' }
const house: EventStream = { realm: 'home', match: 'prefix', uri: 'house.' }

function event(publication: number, more: Partial<EventRow> = {}): EventRow {
  return {
    topic: 'house.door',
    publication,
    at: at + publication,
    marks: { open: {} },
    lists: {},
    serializer: 'json',
    elements: 1,
    payload: Buffer.from(`[${publication}]`),
    ...more,
  }
}

/** What every store of events does. `make` opens an empty one; `close` ends what it returned. */
export function eventStoreContract<T extends EventStore>(
  name: string,
  make: () => Promise<T>,
  close: (store: T) => Promise<void>,
): void {
  describe(`${name} as a store of events`, () => {
    let store: T

    beforeEach(async () => {
      store = await make()
    })
    afterEach(() => close(store))

    const append = (...events: readonly EventRow[]): Promise<void> =>
      store.appendEvents([{ stream: door, limit: 100, events }])
    const publications = async (query: Partial<EventQuery> = {}): Promise<number[]> => {
      const found = await store.listEvents({ stream: door, reverse: false, limit: 100, ...query })
      return found.map(({ publication }) => publication)
    }

    it('has no events at first', async () => {
      assert.deepEqual(await publications(), [])
    })

    it('gives back events as they were appended, numbered in their order', async () => {
      const events = [
        event(2 ** 53, {
          marks: { open: { ppt_scheme: 'x_é' }, publisher: { publisher: 2 ** 53 }, trustlevel: 3 },
          lists: { eligible_authid: ['a', "b'\u{1f3e0}"], exclude_authrole: [] },
        }),
        event(1, { at: 0, serializer: 'msgpack', elements: 0, payload: Buffer.alloc(0) }),
        event(7, { elements: 2, payload: Buffer.from([0, 255, 39, 0]) }),
      ]
      await append(...events)
      const found = await store.listEvents({ stream: door, reverse: false, limit: 100 })
      assert.deepEqual(
        found.map((each) => ({ ...each, payload: Buffer.from(each.payload) })),
        events.map((each, i) => ({ ...each, number: i + 1 })),
      )
    })

    it('keeps the last events up to the limit of their stream, over many batches', async () => {
      const batch = (numbers: number[], limit: number): Promise<void> =>
        store.appendEvents([{ stream: door, limit, events: numbers.map((n) => event(n)) }])
      await batch([1, 2, 3], 3)
      await batch([4], 3)
      assert.deepEqual(await publications(), [2, 3, 4])
      await batch([5, 6, 7, 8, 9, 10], 3)
      assert.deepEqual(await publications(), [8, 9, 10])
      await batch([11], 2)
      assert.deepEqual(await publications(), [10, 11])
      const [first] = await store.listEvents({ stream: door, reverse: false, limit: 1 })
      assert.equal(first?.number, 10)
    })

    it('keeps streams apart: by realm, by match and by topic', async () => {
      const others: EventStream[] = [
        { ...door, realm: 'away' },
        { ...door, match: 'prefix' },
        { ...door, uri: 'house.doo' },
      ]
      await store.appendEvents([
        { stream: door, limit: 10, events: [event(1), event(2)] },
        ...others.map((stream, i) => ({ stream, limit: 1, events: [event(10 + i)] })),
      ])
      assert.deepEqual(await publications(), [1, 2])
      for (const [i, stream] of others.entries()) {
        assert.deepEqual(await publications({ stream }), [10 + i])
        assert.deepEqual(await publications({ stream, fromPublication: 1 }), [])
      }
    })

    it('lists up to a limit from either end, and goes on beyond a number', async () => {
      await append(...[1, 2, 3, 4, 5].map((n) => event(n * 11)))
      assert.deepEqual(await publications({ limit: 2 }), [11, 22])
      assert.deepEqual(await publications({ limit: 2, reverse: true }), [55, 44])
      assert.deepEqual(await publications({ limit: 2, beyond: 2 }), [33, 44])
      assert.deepEqual(await publications({ limit: 2, beyond: 4, reverse: true }), [33, 22])
      assert.deepEqual(await publications({ beyond: 5 }), [])
    })

    it('selects by time: at or after, after, before, at or before', async () => {
      await append(event(1, { at }), event(2, { at: at + 1 }), event(3, { at: at + 2 }))
      assert.deepEqual(await publications({ fromAt: at + 1 }), [2, 3])
      assert.deepEqual(await publications({ afterAt: at + 1 }), [3])
      assert.deepEqual(await publications({ beforeAt: at + 1 }), [1])
      assert.deepEqual(await publications({ untilAt: at + 1 }), [1, 2])
      assert.deepEqual(await publications({ fromAt: at + 0.5, untilAt: at + 1.5 }), [2])
    })

    it('selects by place around a publication, whatever the ids are like', async () => {
      await append(...[50, 9, 70, 3].map((n) => event(n)))
      assert.deepEqual(await publications({ fromPublication: 9 }), [9, 70, 3])
      assert.deepEqual(await publications({ afterPublication: 9 }), [70, 3])
      assert.deepEqual(await publications({ beforePublication: 70 }), [50, 9])
      assert.deepEqual(await publications({ untilPublication: 70 }), [50, 9, 70])
      assert.deepEqual(await publications({ afterPublication: 50, beforePublication: 3 }), [9, 70])
    })

    it('finds nothing around a publication that the stream does not have', async () => {
      await append(event(1), event(2))
      for (const key of ['from', 'after', 'before', 'until'] as const)
        assert.deepEqual(await publications({ [`${key}Publication`]: 4711 }), [])
    })

    it('selects by topic, and holds to all conditions at once', async () => {
      const topics = ['house.door', 'house.lamp', 'house.door', 'house.lamp', 'house.door']
      const events = topics.map((topic, i) => event(i + 1, { topic }))
      await store.appendEvents([{ stream: house, limit: 10, events }])
      const of = (query: Partial<EventQuery>): Promise<number[]> =>
        publications({ stream: house, topic: 'house.door', ...query })
      assert.deepEqual(await of({}), [1, 3, 5])
      assert.deepEqual(await of({ fromAt: at + 2 }), [3, 5])
      assert.deepEqual(await of({ fromAt: at + 2, untilPublication: 4 }), [3])
      assert.deepEqual(await of({ topic: "x' or '1'='1" }), [])
      assert.deepEqual(await of({ reverse: true, limit: 2 }), [5, 3])
    })

    it('keeps the order of a thousand events in one batch', async () => {
      const events = Array.from({ length: 1_000 }, (_, i) => event(i + 1))
      await store.appendEvents([{ stream: door, limit: 1_000, events }])
      assert.deepEqual(
        await publications({ limit: 1_000 }),
        events.map(({ publication }) => publication),
      )
    })
  })
}
