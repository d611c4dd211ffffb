import assert from 'node:assert/strict'
import type { Authorizer } from '../../router/access.ts'
import type { Subscription } from '../../router/subscription.ts'
import type { MemoryClient } from '../support/memory-client.ts'
import { forever, memoryRouter, type MemoryRouter } from '../support/memory-router.ts'
import { announcing } from '../support/roles.ts'

describe('Retention', () => {
  let house: MemoryRouter
  let publisher: MemoryClient

  const open = (limits: object = {}, authorizer?: Authorizer): void => {
    house = memoryRouter(authorizer, { limits })
    publisher = house.join()
  }
  const retain = (topic: string, value: unknown, options: object = {}): void => {
    publisher.send([16, 1, { retain: true, ...options }, topic, [value]])
  }
  /** What a new session is sent of the past. */
  const retained = (
    pattern: string,
    match = 'prefix',
    details: Record<string, unknown> = {},
  ): unknown[] => {
    const [answer, ...events] = house
      .join(details)
      .ask([32, 1, { match, get_retained: true }, pattern])
    assert.equal(answer?.[0], 33)
    return events.map((event) => (event[4] as unknown[])[0])
  }

  it('keeps an event when its publisher has left, and names nobody who has', () => {
    open()
    retain('house.door', 'shut')
    publisher.lose()
    assert.deepEqual(retained('house.door'), ['shut'])
    const { retention } = house.realm.broker
    assert.equal(retention.size, 1)
  })

  it('keeps the payload itself, not the frame that it came in', () => {
    open()
    retain('house.door', 'x'.repeat(100), { exclude_me: false })
    const { bytes } = house.realm.broker.retention
    assert(bytes > 100 && bytes < 600, `${bytes}`)
  })

  it('counts what the router and the publisher say of an event, and its lists, too', () => {
    const bytesOf = (options: object): number => {
      open()
      publisher = house.join(announcing({ publisher: ['payload_passthru_mode'] }))
      retain('house.door', 'x', options)
      return house.realm.broker.retention.bytes
    }
    const plain = bytesOf({})
    const key = 'k'.repeat(1_000)
    assert(bytesOf({ ppt_scheme: 'x_own', ppt_keyid: key }) > plain + 1_000)
    // A set of ids takes more than their digits.
    const exclude = Array.from({ length: 100 }, () => 1)
    assert(bytesOf({ exclude }) > plain + 4_000)
  })

  it('keeps nothing of what an event is made into for subscribers of other serializers', () => {
    open()
    retain('house.door', 'shut')
    const listener = house.join()
    const of = { topic: 'house.door', match: 'exact' } as Subscription
    const [session] = [...house.realm.sessions.values()].slice(-1)
    assert(session !== undefined)
    const [first] = house.realm.broker.retention.for(of, session)
    const [again] = house.realm.broker.retention.for(of, session)
    assert(first !== undefined && again !== undefined && first.payload !== again.payload)
    assert.deepEqual([listener.received.length, again.payload.values()], [0, { args: ['shut'] }])
  })

  it('does not give an event to its own publisher, unless exclude_me is false', () => {
    open()
    retain('house.door', 'mine')
    retain('house.lamp', 'mine too', { exclude_me: false })
    const ask = (topic: string): number =>
      publisher.ask([32, 1, { get_retained: true }, topic]).length - 1
    assert.deepEqual([ask('house.door'), ask('house.lamp')], [0, 1])
  })

  it('gives the event again to who subscribes again', () => {
    open()
    retain('house.door', 'shut')
    const listener = house.join()
    for (let i = 0; i < 2; i++)
      assert.equal(listener.ask([32, 1, { get_retained: true }, 'house.door']).length, 2)
  })

  it('keeps an event without payload like any other: nothing takes one away but the next', () => {
    open()
    retain('house.door', 'shut')
    publisher.send([16, 1, { retain: true }, 'house.door'])
    const [, event] = house.join().ask([32, 1, { get_retained: true }, 'house.door'])
    assert.deepEqual(event?.slice(3), [{ retained: true }])
  })

  it('does not reach who may not subscribe, and retains nothing for who may not publish', () => {
    open({}, ({ action, uri }) => ({
      allow: action !== 'subscribe' || uri !== 'house.shut',
      until: forever,
    }))
    retain('house.shut', 'secret')
    const [answer, ...rest] = house.join().ask([32, 1, { get_retained: true }, 'house.shut'])
    assert.deepEqual([answer?.[0], rest], [8, []])
    open({}, ({ action }) => ({ allow: action !== 'publish', until: forever }))
    retain('house.door', 'x')
    assert.equal(house.realm.broker.retention.size, 0)
  })

  it('lets names under a reserved root reach only patterns that begin with it', () => {
    house = memoryRouter(undefined, { realm: { reservedRoots: ['latchkey'] } })
    publisher = house.join()
    retain('latchkey.alarm', 1)
    retain('house.door', 2)
    assert.deepEqual(retained(''), [2])
    assert.deepEqual(retained('.', 'wildcard'), [2])
    assert.deepEqual(retained('latchkey.'), [1])
  })

  it('lets the topic go that was retained on longest ago where there are more than retainedEvents', () => {
    open({ retainedEvents: 3 })
    for (const topic of ['t.a', 't.b', 't.c']) retain(topic, topic)
    retain('t.a', 'a again')
    retain('t.d', 't.d')
    assert.deepEqual(retained('t.'), ['t.c', 'a again', 't.d'])
    const { size, evicted } = house.realm.broker.retention
    assert.deepEqual([size, evicted], [3, 1])
    retain('t.e', 't.e')
    assert.equal(house.logged.length, 1)
    assert.match(house.logged[0]?.message ?? '', /retained events had to go/)
  })

  it('holds to retainedBytes, and does not retain an event that takes more by itself', () => {
    open({ retainedBytes: 2_000 })
    for (const topic of ['t.a', 't.b', 't.c']) retain(topic, 'x'.repeat(500))
    const { retention } = house.realm.broker
    assert.equal(retention.size, 2)
    assert(retention.bytes <= 2_000)
    retain('t.c', 'y'.repeat(2_000))
    // Its older event is not the latest any more.
    assert.deepEqual(retained('t.c'), [])
    assert.equal(retention.size, 1)
    retain('t.b', '')
    assert.deepEqual(retained('t.b'), [''])
  })

  it('keeps at most retainedPerTopic events for some beside the one for all', () => {
    open({ retainedPerTopic: 3 })
    retain('t', 'all')
    for (const authid of ['a', 'b']) retain('t', authid, { eligible_authid: [authid] })
    assert.deepEqual(retained('t', 'exact', { authid: 'c' }), ['all'])
    retain('t', 'c', { eligible_authid: ['c'] })
    assert.deepEqual(retained('t', 'exact', { authid: 'd' }), ['all'])
    assert.deepEqual(retained('t', 'exact', { authid: 'a' }), ['all'])
    assert.deepEqual(retained('t', 'exact', { authid: 'b' }), ['b'])
    assert.equal(house.realm.broker.retention.size, 3)
    retain('t', 'new')
    assert.equal(house.realm.broker.retention.size, 1)
  })

  it('counts right over thousands of random events', () => {
    open({ retainedEvents: 20, retainedBytes: 20_000, retainedPerTopic: 4 })
    const { retention } = house.realm.broker
    for (let i = 0; i < 3_000; i++) {
      const options = i % 3 === 0 ? { eligible_authid: ['a'] } : {}
      retain(`t.${(i * 7) % 31}`, 'x'.repeat((i * 131) % 1_500), options)
      assert(retention.size <= 20 && retention.bytes <= 20_000)
    }
    for (let i = 0; i < 31; i++) retain(`t.${i}`, '')
    assert.equal(retention.size, 20)
    assert.equal(retained('t.').length, 20)
  })
})
