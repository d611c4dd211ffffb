import assert from 'node:assert/strict'
import type { Authorizer, Decision } from '../../router/access.ts'
import type { Peer } from '../../router/peer.ts'
import type { Session } from '../../router/session.ts'
import type { Subscription } from '../../router/subscription.ts'
import { Payload } from '../../router/wire/payload.ts'
import { countOperations } from '../support/count-operations.ts'
import type { MemoryClient } from '../support/memory-client.ts'
import {
  deferred,
  forever,
  memoryRouter,
  settled,
  type MemoryRouter,
} from '../support/memory-router.ts'

const allow: Decision = { allow: true, until: forever }

const withFeatures = (features: object): Record<string, unknown> => ({
  roles: { publisher: { features }, subscriber: { features }, caller: {}, callee: {} },
})
const everything = withFeatures({
  publisher_identification: true,
  publication_trustlevels: true,
  payload_passthru_mode: true,
})

/** A router whose authorizer gives this to whoever publishes. */
function publishing(decision: Partial<Decision>): MemoryRouter {
  const authorizer: Authorizer = ({ action }) =>
    action === 'publish' ? { ...allow, ...decision } : allow
  return memoryRouter(authorizer)
}

function details(listener: MemoryClient): unknown[] {
  return listener.take().map((event) => event[3])
}

describe('What an event says of its publisher', () => {
  it('is its trust level, as the authorizer has it, to subscribers that announced publication_trustlevels', () => {
    const house = publishing({ trustlevel: 2 })
    const trusting = house.join(withFeatures({ publication_trustlevels: true }))
    const other = house.join()
    for (const listener of [trusting, other]) {
      listener.ask([32, 1, {}, 'house.door'])
      listener.ask([32, 2, { match: 'prefix' }, 'house'])
    }
    house.join().send([16, 1, {}, 'house.door'])
    assert.deepEqual(details(trusting), [{ trustlevel: 2 }, { trustlevel: 2, topic: 'house.door' }])
    assert.deepEqual(details(other), [{}, { topic: 'house.door' }])
  })

  it('is a trust level of 0 too, and none where the authorizer gives none', () => {
    for (const [decision, expected] of [
      [{ trustlevel: 0 }, { trustlevel: 0 }],
      [{}, {}],
    ] as const) {
      const house = publishing(decision)
      const listener = house.join(everything)
      listener.ask([32, 1, {}, 'house.door'])
      house.join().send([16, 1, {}, 'house.door'])
      assert.deepEqual(details(listener), [expected])
    }
  })

  it('is not told to subscribers of the same event that may not see it, whoever is served first', () => {
    const house = publishing({ trustlevel: 1 })
    const sights = [{}, { publisher_identification: true }, { publication_trustlevels: true }]
    const listeners = [...sights, ...sights.toReversed()].map((features) =>
      house.join(withFeatures(features)),
    )
    for (const listener of listeners) listener.ask([32, 1, {}, 'house.door'])
    house.join().send([16, 1, { disclose_me: true }, 'house.door'])
    const keys = listeners.map((listener) => Object.keys(details(listener)[0] as object))
    const who = ['publisher', 'publisher_authid', 'publisher_authrole']
    assert.deepEqual(keys, [[], who, ['trustlevel'], ['trustlevel'], who, []])
  })

  it('is who it is to every subscriber, asked for or not, where the realm’s rules disclose it', () => {
    const house = publishing({ disclose: true })
    const listener = house.join()
    listener.ask([32, 1, {}, 'house.door'])
    const publisher = house.join({ authid: 'doorbell' })
    const id = [...house.realm.sessions.keys()].at(-1)
    for (const options of [{}, { disclose_me: false }, { disclose_me: true }]) {
      publisher.send([16, 1, options, 'house.door'])
      assert.deepEqual(details(listener), [
        { publisher: id, publisher_authid: 'doorbell', publisher_authrole: 'anonymous' },
      ])
    }
  })

  it('is nothing where disclosure is denied: ERROR option_disallowed.disclose_me, if it wants an answer', () => {
    const house = publishing({ disclose: false })
    const listener = house.join(everything)
    listener.ask([32, 1, {}, 'house.door'])
    const publisher = house.join()
    const [error] = publisher.ask([
      16,
      1,
      { acknowledge: true, disclose_me: true },
      'house.door',
      ['secret'],
    ])
    assert.deepEqual(error, [8, 16, 1, {}, 'wamp.error.option_disallowed.disclose_me'])
    assert.deepEqual(publisher.ask([16, 2, { disclose_me: true }, 'house.door']), [])
    assert.deepEqual(listener.take(), [])
    publisher.send([16, 3, {}, 'house.door'])
    assert.deepEqual(details(listener), [{}])
  })

  it('is written once for all subscribers that see the same', () => {
    const house = publishing({ trustlevel: 1 })
    const sent = new Set<unknown>()
    const listeners = [0, 1, 2, 3].map((i) => house.join(i < 2 ? everything : {}))
    for (const listener of listeners) listener.ask([32, 1, {}, 'house.door'])
    for (const session of house.realm.sessions.values()) {
      const send = session.sendShared.bind(session)
      session.sendShared = (shared) => {
        sent.add(shared)
        return send(shared)
      }
    }
    house.join().send([16, 1, {}, 'house.door'])
    assert.equal(listeners.flatMap((listener) => listener.take()).length, 4)
    assert.equal(sent.size, 2)
  })
})

describe('A broker', () => {
  let house: MemoryRouter

  beforeEach(() => {
    house = memoryRouter()
  })

  const session = (index: number): Session => {
    const found = [...house.realm.sessions.values()].at(index)
    assert(found !== undefined)
    return found
  }

  it('names its subscriptions by id, by topic and by what they match, with the time of their making', () => {
    const { subscriptions } = house.realm.broker
    const listener = house.join()
    house.clock.advance(5_000)
    const at = house.clock.now()
    const [subscribed] = listener.ask([32, 1, { match: 'prefix' }, 'house'])
    const id = subscribed?.[2] as number
    const { members, ...rest } = subscriptions.byId(id) as Subscription
    assert.deepEqual(rest, {
      id,
      topic: 'house',
      match: 'prefix',
      createdAt: at,
      history: undefined,
    })
    assert.deepEqual([...members.keys()], [session(0)])
    assert.equal(subscriptions.get('prefix', 'house')?.id, id)
    assert.equal(subscriptions.get('exact', 'house'), undefined)
    assert.deepEqual(
      subscriptions.matchAll('house.door').map((found) => found.id),
      [id],
    )
    assert.deepEqual(
      [...subscriptions.all()].map((found) => found.id),
      [id],
    )
    listener.ask([34, 2, id])
    assert.equal(subscriptions.byId(id), undefined)
  })

  describe('that is observed', () => {
    let told: unknown[]

    beforeEach(() => {
      told = []
      const indexed = (peer: Peer, { id }: Subscription): boolean =>
        peer.ledger.subscriptions.has(id) ||
        [...house.realm.broker.subscriptions.all()].some(({ members }) => members.has(peer))
      house.realm.broker.observe({
        added: (peer, subscription, created) => {
          assert(indexed(peer, subscription))
          told.push(['added', peer.id, subscription.topic, created])
        },
        removed: (peer, subscription, deleted) => {
          assert(!indexed(peer, subscription))
          told.push(['removed', peer.id, subscription.topic, deleted])
        },
      })
    })

    it('tells of the first and the last subscriber, and of each between, but not of a second SUBSCRIBE', () => {
      const [one, other] = [house.join(), house.join()]
      const [a, b] = [session(0).id, session(1).id]
      const id = one.ask([32, 1, {}, 'house.door'])[0]?.[2]
      one.ask([32, 2, {}, 'house.door'])
      other.ask([32, 1, {}, 'house.door'])
      one.ask([34, 3, id])
      other.ask([34, 2, id])
      assert.deepEqual(told, [
        ['added', a, 'house.door', true],
        ['added', b, 'house.door', false],
        ['removed', a, 'house.door', false],
        ['removed', b, 'house.door', true],
      ])
    })

    it('tells of all that a session had when it leaves, when no index names it any more', () => {
      const listener = house.join()
      const { id } = session(0)
      for (const topic of ['a', 'b']) listener.ask([32, 1, {}, topic])
      told = []
      listener.lose()
      assert.deepEqual(told, [
        ['removed', id, 'a', true],
        ['removed', id, 'b', true],
      ])
    })

    it('tells of a subscription that is revoked', () => {
      const listener = house.join(withFeatures({ subscription_revocation: true }))
      const id = listener.ask([32, 1, {}, 'house.door'])[0]?.[2] as number
      told = []
      const { broker } = house.realm
      const subscription = broker.subscriptions.byId(id) as Subscription
      const peer = session(0)
      assert.equal(broker.revoke(subscription, peer), true)
      assert.deepEqual(listener.take(), [[35, 0, { subscription: id }]])
      assert.equal(broker.revoke(subscription, peer, 'again'), false)
      assert.deepEqual(told, [['removed', peer.id, 'house.door', true]])
    })
  })

  it('announces events of its own, under any topic and to whom they are for', () => {
    const [one, other] = [house.join(), house.join()]
    for (const listener of [one, other]) listener.ask([32, 1, {}, 'wamp.session.on_join'])
    const { broker } = house.realm
    broker.announce('wamp.session.on_join', [1], { a: 2 })
    for (const listener of [one, other])
      assert.deepEqual(listener.take()[0]?.slice(3), [{}, [1], { a: 2 }])
    const peer = session(1)
    broker.announce('wamp.session.on_join', [2], undefined, (subscriber) => subscriber === peer)
    assert.deepEqual(
      [one, other].map((listener) => listener.take().length),
      [0, 1],
    )
    broker.announce('wamp.nobody.listens', [3])
  })

  describe('that publishes for a session which is gone', () => {
    let listener: MemoryClient
    let gone: Session

    beforeEach(() => {
      const authorizer: Authorizer = ({ action, uri }) =>
        action === 'publish' && uri === 'house.shut' ? { allow: false } : allow
      house = memoryRouter(authorizer)
      const publisher = house.join({ ...everything, authid: 'lamp' })
      gone = session(0)
      listener = house.join(everything)
      listener.ask([32, 1, { match: 'prefix' }, 'house'])
      publisher.lose()
      assert(gone.gone)
    })

    const publishFor = (
      topic: string,
      options: Record<string, unknown> = {},
    ): boolean | Promise<boolean> =>
      house.realm.broker.publishFor(gone, topic, options, Payload.of(['gone']))

    it('honours the options of a PUBLISH', () => {
      assert.equal(publishFor('house.lamp', { disclose_me: true, ppt_scheme: 'x_a' }), true)
      assert.deepEqual(listener.take()[0]?.slice(3), [
        {
          ppt_scheme: 'x_a',
          publisher: gone.id,
          publisher_authid: 'lamp',
          publisher_authrole: 'anonymous',
          topic: 'house.lamp',
        },
        ['gone'],
      ])
      assert.equal(publishFor('house.lamp', { eligible_authid: ['window'] }), true)
      assert.deepEqual(listener.take(), [])
      assert.equal(publishFor('house.lamp', { retain: true }), true)
      const late = house.join()
      assert.equal(late.ask([32, 1, { get_retained: true }, 'house.lamp']).length, 2)
    })

    it('publishes nothing that the session may not, or nobody may', () => {
      for (const topic of ['house.shut', 'wamp.session.on_join', 'not a uri', ''])
        assert.equal(publishFor(topic), false, topic)
      assert.deepEqual(listener.take(), [])
    })

    it('says when it is done, where the right is asked for elsewhere', async () => {
      const answer = deferred<Decision>()
      house = memoryRouter(({ action }) => (action === 'publish' ? answer.promise : allow))
      const publisher = house.join()
      gone = session(0)
      listener = house.join()
      listener.ask([32, 1, {}, 'house.lamp'])
      publisher.lose()
      const published = publishFor('house.lamp')
      assert.deepEqual(listener.take(), [])
      answer.resolve(allow)
      assert.equal(await published, true)
      assert.equal(listener.take().length, 1)
    })
  })

  it('spends no more on a session that leaves, the more others there are', () => {
    const costs = [10, 200].map((others) => {
      house = memoryRouter()
      for (let i = 0; i < others; i++) {
        const other = house.join()
        for (const topic of ['house.door', `house.room${i}`]) other.ask([32, 1, {}, topic])
      }
      const leaving = house.join()
      for (const topic of ['house.door', 'house.own']) leaving.ask([32, 1, {}, topic])
      return countOperations(() => leaving.lose())
    })
    assert.equal(costs[0], costs[1])
  })

  it('shares a subscription out anew when a subscriber gives another node key', async () => {
    const [one, other, publisher] = [house.join(), house.join(), house.join()]
    const subscribe = (client: MemoryClient, options: object): void => {
      client.ask([32, 1, options, 'sensor'])
    }
    const counts = (): number[] => {
      for (let i = 0; i < 30; i++) publisher.send([16, 1, { rkey: `${i}` }, 'sensor'])
      return [one, other].map((client) => client.take().length)
    }
    subscribe(one, { nkey: 'a' })
    subscribe(other, { nkey: 'a' })
    // The same key twice: the first that gave it has its share.
    assert.deepEqual(counts(), [30, 0])
    subscribe(other, { nkey: 'b' })
    const [first = 0, second = 0] = counts()
    assert.equal(first + second, 30)
    assert(first > 0 && second > 0)
    subscribe(one, {})
    assert.deepEqual(counts(), [30, 30])
    subscribe(one, { match: 'exact' })
    assert.deepEqual(counts(), [30, 30])
    await settled()
  })

  it('gives the share of a subscriber that a publication may not reach to another', () => {
    const nodes = ['a', 'b', 'c'].map((nkey) => {
      const node = house.join({ authid: nkey })
      node.ask([32, 1, { nkey }, 'sensor'])
      return node
    })
    const publisher = house.join()
    for (const exclude_authid of [['a'], ['b'], ['c'], ['a', 'b']]) {
      for (let i = 0; i < 10; i++) {
        publisher.send([16, 1, { rkey: `${i}`, exclude_authid }, 'sensor'])
        assert.equal(nodes.flatMap((node) => node.take()).length, 1)
      }
    }
  })
})
