import assert from 'node:assert/strict'
import type { Authorizer } from '../../router/access.ts'
import type { EventBatch, EventQuery, EventStore, StoredEvent } from '../../router/event-store.ts'
import type { HistoryTopic } from '../../router/history.ts'
import { MemoryEvents } from '../../router/memory-events.ts'
import type { MemoryClient } from '../support/memory-client.ts'
import {
  deferred,
  forever,
  memoryRouter,
  settled,
  type Deferred,
  type MemoryRouter,
} from '../support/memory-router.ts'
import { announcing } from '../support/roles.ts'
import type { Wire } from '../support/wamp-client.ts'

/** A store that can be held up, or fail. */
class TestEvents implements EventStore {
  readonly #events = new MemoryEvents()
  gate: Deferred<void> | undefined
  failing = false
  /** Sizes of the batches that were appended. */
  readonly batches: number[] = []
  /** Pages that were read. */
  pages = 0
  /** The most events that were asked for at once. */
  longestPage = 0

  async appendEvents(batches: readonly EventBatch[]): Promise<void> {
    await this.gate?.promise
    if (this.failing) throw new Error('the disk is full')
    await this.#events.appendEvents(batches)
    this.batches.push(batches.reduce((sum, { events }) => sum + events.length, 0))
  }

  listEvents(query: EventQuery): Promise<readonly StoredEvent[]> {
    this.pages++
    this.longestPage = Math.max(this.longestPage, query.limit)
    return this.#events.listEvents(query)
  }
}

interface HistoryEvent {
  readonly timestamp: string
  readonly details: unknown
  readonly args: unknown[]
}

describe('History', () => {
  const topics: HistoryTopic[] = [
    { uri: 'house.door', match: 'exact', limit: 1_000 },
    { uri: 'house', match: 'prefix', limit: 1_000 },
  ]
  let store: TestEvents
  let house: MemoryRouter
  let publisher: MemoryClient

  const open = (limits: object = {}, authorizer?: Authorizer): void => {
    store = new TestEvents()
    house = memoryRouter(authorizer, { limits, realm: { topics, events: store } })
    publisher = house.join()
  }
  beforeEach(() => open())

  const publish = (value: unknown, options: object = {}): void =>
    publisher.send([16, 1, options, 'house.door', [value]])
  const idOf = (match: 'exact' | 'prefix' = 'exact'): number => {
    const uri = match === 'exact' ? 'house.door' : 'house'
    return house.realm.broker.subscriptions.get(match, uri)?.id ?? 0
  }
  const answer = async (
    client: MemoryClient,
    kwargs: object = {},
    match: 'exact' | 'prefix' = 'exact',
  ): Promise<Wire> => {
    client.take()
    client.send([48, 5, {}, 'wamp.subscription.get_events', [idOf(match)], kwargs])
    for (let i = 0; i < 100 && client.received.length === 0; i++) await settled()
    return client.take()[0] ?? []
  }
  const events = async (kwargs: object = {}): Promise<HistoryEvent[]> => {
    const [type, , , found] = await answer(publisher, kwargs)
    assert.equal(type, 50)
    return found as HistoryEvent[]
  }
  const values = async (kwargs: object = {}): Promise<unknown[]> =>
    (await events(kwargs)).map(({ args }) => args[0])

  it('can be asked for by time: from, after, before and until an RFC 3339 timestamp', async () => {
    const start = Date.parse('2026-03-01T12:00:00.000Z')
    house.clock.advance(start - house.clock.now())
    for (let i = 0; i < 4; i++) {
      publish(i)
      house.clock.advance(1_000)
    }
    assert.deepEqual(
      (await events()).map(({ timestamp }) => timestamp),
      [0, 1, 2, 3].map((second) => `2026-03-01T12:00:0${second}.000Z`),
    )
    assert.deepEqual(await values({ from_time: '2026-03-01T12:00:01Z' }), [1, 2, 3])
    assert.deepEqual(await values({ after_time: '2026-03-01T12:00:01Z' }), [2, 3])
    assert.deepEqual(await values({ before_time: '2026-03-01T12:00:01Z' }), [0])
    assert.deepEqual(await values({ until_time: '2026-03-01T12:00:01Z' }), [0, 1])
    // The same moment elsewhere, finer than a millisecond, in lower case.
    assert.deepEqual(await values({ from_time: '2026-03-01T14:30:02.000+02:30' }), [2, 3])
    assert.deepEqual(await values({ from_time: '2026-03-01T12:00:01.000000001Z' }), [2, 3])
    assert.deepEqual(await values({ after_time: '2026-03-01t12:00:00.999999z' }), [1, 2, 3])
    assert.deepEqual(
      await values({ from_time: '2026-03-01T12:00:01Z', before_time: '2026-03-01T12:00:03Z' }),
      [1, 2],
    )
  })

  it('refuses filters that are none, naming the key, what was found and what is allowed', async () => {
    for (const [key, value, allowed] of [
      ['from_time', 'yesterday', 'an RFC 3339 timestamp'],
      ['after_time', '2026-02-30T00:00:00Z', 'an RFC 3339 timestamp'],
      ['before_time', '2026-02-03 00:00', 'an RFC 3339 timestamp'],
      ['until_time', 1_700_000_000, 'an RFC 3339 timestamp'],
      ['until_time', '2026-02-03T25:00:00Z', 'an RFC 3339 timestamp'],
      ['reverse', 1, 'a boolean'],
      ['limit', 'x', 'an integer from 1'],
      ['topic', 7, 'a URI'],
      ['until_publication', 1.5, 'an integer from 1'],
    ] as const) {
      const [type, , , , uri, args] = await answer(publisher, { [key]: value })
      assert.deepEqual([type, uri], [8, 'wamp.error.invalid_argument'], key)
      const [text] = args as string[]
      assert(text?.startsWith(`${key} is `) && text.includes(allowed), text)
    }
    assert.deepEqual(await values({ limit: null, from_time: null, unknown: 1 }), [])
  })

  it('is closed to who may not subscribe: ERROR not_authorized', async () => {
    open({}, ({ action, principal }) => ({
      allow: action !== 'subscribe' || principal.authid !== 'guest',
      until: forever,
    }))
    publish('secret')
    const guest = house.join({ authid: 'guest' })
    const error = await answer(guest)
    assert.deepEqual([error[0], error[4]], [8, 'wamp.error.not_authorized'])
    assert.equal((await answer(house.join({ authid: 'owner' })))[0], 50)
  })

  it('tells nothing of it to whose right was withdrawn while it was read', async () => {
    let asked = 0
    open({}, ({ action }) => ({ allow: action !== 'subscribe' || ++asked === 1 }))
    publish(1)
    assert.equal((await answer(house.join()))[4], 'wamp.error.not_authorized')
    assert.equal(asked, 2)
  })

  it('shows of each event the details that its asker may see', async () => {
    open({}, ({ action }) => ({
      allow: true,
      until: forever,
      ...(action === 'publish' && { trustlevel: 3 }),
    }))
    publisher.lose()
    publisher = house.join({ authid: 'bell' })
    const id = [...house.realm.sessions.keys()].at(-1)
    publish('x', { disclose_me: true })
    const who = { publisher: id, publisher_authid: 'bell', publisher_authrole: 'anonymous' }
    const seen = async (features: object): Promise<unknown> => {
      const asker = house.join({ roles: { subscriber: { features }, caller: {} } })
      const [, , , found] = await answer(asker, {}, 'prefix')
      return (found as HistoryEvent[])[0]?.details
    }
    const topic = 'house.door'
    assert.deepEqual(await seen({}), { topic })
    assert.deepEqual(await seen({ publisher_identification: true }), { ...who, topic })
    assert.deepEqual(await seen({ publication_trustlevels: true }), { trustlevel: 3, topic })
  })

  it('makes no one wait: what comes while a batch is written makes the next one', async () => {
    store.gate = deferred()
    const listener = house.join()
    listener.ask([32, 1, {}, 'house.door'])
    publish(0)
    await settled()
    for (let i = 1; i <= 2_500; i++) publish(i)
    assert.equal(listener.take().length, 2_501)
    store.gate.resolve()
    await settled()
    // Each event is in two histories.
    assert.deepEqual(store.batches, [2, 1_000, 1_000, 1_000, 1_000, 1_000])
  })

  it('has PUBLISHED wait until the event is kept, and nothing else wait for that', async () => {
    store.gate = deferred()
    assert.deepEqual(publisher.ask([16, 1, { acknowledge: true }, 'house.door']), [])
    assert.equal(publisher.ask([16, 2, { acknowledge: true }, 'elsewhere'])[0]?.[0], 17)
    store.gate.resolve()
    await settled()
    assert.deepEqual(
      publisher.take().map((message) => message.slice(0, 2)),
      [[17, 1]],
    )
  })

  it('answers with what was published before the question, though it was not written yet', async () => {
    store.gate = deferred()
    publish('just now')
    publisher.send([48, 5, {}, 'wamp.subscription.get_events', [idOf()]])
    await settled()
    assert.deepEqual(publisher.take(), [])
    store.gate.resolve()
    await settled()
    await settled()
    const [result = []] = publisher.take()
    assert.equal((result[3] as unknown[]).length, 1)
  })

  it('tells who wants to know when an event could not be kept, and keeps it when the store works again', async () => {
    store.failing = true
    publisher.send([16, 1, { acknowledge: true }, 'house.door', [1]])
    await settled()
    const [error] = publisher.take()
    assert.deepEqual(
      [error?.[0], error?.[1], error?.[2], error?.[4]],
      [8, 16, 1, 'wamp.error.unavailable'],
    )
    assert.match(String(error?.[5]), /published, but could not be kept/)
    publish(2)
    await settled()
    assert.equal(store.batches.length, 0)
    store.failing = false
    house.clock.advance(500)
    await settled()
    assert.deepEqual(await values(), [1, 2])
    assert.equal(house.realm.broker.history.lost, 0)
    assert.equal(house.logged.length, 1)
  })

  it('tries again later and later while the store fails, and says so each time', async () => {
    store.failing = true
    publish(1)
    await settled()
    const waits = []
    for (let i = 0; i < 7; i++) {
      const before = house.logged.length
      let waited = 0
      while (house.logged.length === before) {
        house.clock.advance(500)
        waited += 500
        await settled()
      }
      waits.push(waited)
    }
    assert.deepEqual(waits, [500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000])
  })

  it('drops and counts what comes when historyWaiting events wait, and says so once', async () => {
    open({ historyWaiting: 4 })
    store.gate = deferred()
    for (let i = 0; i < 3; i++) publish(i)
    publisher.send([16, 7, { acknowledge: true }, 'house.door'])
    assert.equal(publisher.take()[0]?.[4], 'wamp.error.unavailable')
    const { history } = house.realm.broker
    assert.deepEqual([history.waiting, history.lost, house.logged.length], [4, 4, 1])
    store.gate.resolve()
    await settled()
    assert.deepEqual(await values(), [0, 1])
    publish('again')
    assert.deepEqual(await values(), [0, 1, 'again'])
  })

  it('holds to historyWaitingBytes as well', async () => {
    open({ historyWaitingBytes: 3_000 })
    store.gate = deferred()
    for (let i = 0; i < 3; i++) publish('x'.repeat(1_000))
    const { history } = house.realm.broker
    assert.deepEqual([history.waiting, history.lost], [2, 4])
    store.gate.resolve()
    await settled()
    open({ historyWaitingBytes: 3_000 })
    publisher = house.join(announcing({ publisher: ['payload_passthru_mode'] }))
    publish('x', {
      ppt_scheme: 'x_own',
      ppt_keyid: 'k'.repeat(1_000),
      ppt_cipher: 'c'.repeat(1_000),
    })
    publish('x', { eligible_authid: Array.from({ length: 50 }, () => 'a') })
    assert.deepEqual([house.realm.broker.history.waiting, house.realm.broker.history.lost], [1, 3])
  })

  it('cuts an answer at historyAnswerBytes and says truncated, and the rest is had from there on', async () => {
    open({ historyAnswerBytes: 5_000 })
    for (let i = 0; i < 10; i++) publish(`${i}${'x'.repeat(1_000)}`)
    let pages = 0
    let after = {}
    const seen: string[] = []
    for (;;) {
      const [, , , found, kwargs] = await answer(publisher, after)
      pages++
      const page = found as (HistoryEvent & { publication: number })[]
      seen.push(...page.map(({ args }) => String(args[0])[0] ?? ''))
      if (kwargs === undefined) break
      assert.deepEqual(kwargs, { truncated: true })
      after = { after_publication: page.at(-1)?.publication }
    }
    assert.equal(seen.join(''), '0123456789')
    assert(pages > 2)
  })

  it('reads a long history in pages, and no further than is asked for', async () => {
    for (let i = 0; i < 1_000; i++) publish(i)
    await settled()
    assert.equal((await values()).length, 1_000)
    // Each event may be as long as a message.
    assert(store.longestPage <= 64)
    store.pages = 0
    store.longestPage = 0
    assert.deepEqual(await values({ limit: 2, reverse: true }), [999, 998])
    assert.deepEqual([store.pages, store.longestPage], [1, 2])
    assert.equal((await values({ limit: 65 })).length, 65)
  })

  it('keeps nobody waiting who published what is not to be kept, nor says that it could not be', async () => {
    store.gate = deferred()
    publish(1)
    publish(2, { acknowledge: true, exclude: [1] })
    assert.equal(publisher.take()[0]?.[0], 17)
    store.gate.resolve()
    await settled()
    assert.deepEqual(await values(), [1])
  })

  it('lets everybody be heard between two pages, however many ask at once', async () => {
    for (let i = 0; i < 1_000; i++) publish(i)
    await settled()
    store.pages = 0
    let turns = 0
    let next = setImmediate(function turn() {
      turns++
      next = setImmediate(turn)
    })
    const askers = Array.from({ length: 4 }, () => house.join())
    for (const asker of askers) {
      asker.take()
      for (let call = 1; call <= 3; call++)
        asker.send([48, call, {}, 'wamp.subscription.get_events', [idOf()]])
    }
    for (let i = 0; i < 1_000 && askers.some(({ received }) => received.length < 3); i++)
      await settled()
    clearImmediate(next)
    assert.deepEqual(
      askers.map(({ received }) => received.length),
      [3, 3, 3, 3],
    )
    assert(turns >= store.pages, `${turns} turns for ${store.pages} pages`)
  })

  it('stops reading for an asker that is gone', async () => {
    for (let i = 0; i < 1_000; i++) publish(i)
    await settled()
    store.pages = 0
    const asker = house.join()
    asker.send([48, 1, {}, 'wamp.subscription.get_events', [idOf()]])
    asker.lose()
    for (let i = 0; i < 10; i++) await settled()
    assert(store.pages <= 1, `${store.pages} pages`)
  })

  it('writes what waits when the router stops, and counts what the store does not take then', async () => {
    store.gate = deferred()
    publish(1)
    const closed = house.router.close()
    publisher.lose()
    await settled()
    publish(2)
    store.gate.resolve()
    await closed
    assert.deepEqual(store.batches, [2])

    open()
    store.failing = true
    publish(1)
    publisher.lose()
    await house.router.close()
    assert.equal(house.realm.broker.history.lost, 2)
  })

  it('has events of the router itself, but for those that are not for everybody', async () => {
    const meta: HistoryTopic = { uri: 'wamp.session.on_join', match: 'exact', limit: 10 }
    store = new TestEvents()
    house = memoryRouter(undefined, { realm: { topics: [meta], events: store } })
    const { broker } = house.realm
    broker.announce(meta.uri, [1])
    broker.announce(meta.uri, [2], undefined, () => true)
    await settled()
    assert.deepEqual(store.batches, [1])
  })

  it('gives the topic its subscription from the start, and keeps it when nobody listens', () => {
    const { broker } = house.realm
    const id = idOf()
    assert.equal(broker.size, 0)
    const told: unknown[] = []
    broker.observe({
      added: (_peer, subscription, created) => told.push([subscription.id, created]),
      removed: (_peer, subscription, deleted) => told.push([subscription.id, deleted]),
    })
    const listener = house.join()
    assert.deepEqual(listener.ask([32, 1, {}, 'house.door']), [[33, 1, id]])
    assert.equal(broker.size, 1)
    listener.lose()
    assert.deepEqual(told, [
      [id, false],
      [id, false],
    ])
    assert.deepEqual([broker.size, idOf()], [0, id])
  })
})
