import assert from 'node:assert/strict'
import type { Principal } from '../../router/access.ts'
import type { LocalEvent, LocalPeer } from '../../router/local-peer.ts'
import { Session } from '../../router/session.ts'
import { WampError } from '../../router/wire/errors.ts'
import { json } from '../../router/wire/json.ts'
import { Payload } from '../../router/wire/payload.ts'
import type { Serializer } from '../../router/wire/serializer.ts'
import type { MemoryClient } from '../support/memory-client.ts'
import { memoryRouter, settled, type MemoryRouter } from '../support/memory-router.ts'

const service: Principal = {
  kind: 'service',
  authid: 'latchkey',
  authrole: 'service',
  authmethod: 'local',
  authprovider: 'test',
}

describe('LocalPeer', () => {
  let house: MemoryRouter
  let peer: LocalPeer
  let client: MemoryClient

  beforeEach(() => {
    house = memoryRouter(({ uri }) => ({ allow: !uri.startsWith('denied.') }))
    peer = house.realm.local(service)
    client = house.join({ authid: 'owner' })
  })

  const answered = async (message: unknown[]): Promise<unknown[][]> => {
    client.send(message)
    await settled()
    return client.take()
  }

  describe('procedures', () => {
    it('get the arguments and the caller itself, and answer at once or later', async () => {
      const callers: unknown[] = []
      peer.register('my.sum', ({ args, kwargs, procedure, caller }) => {
        callers.push(caller)
        assert.equal(procedure, 'my.sum')
        return { args: [(args[0] as number) + (kwargs['plus'] as number)] }
      })
      peer.register('my.later', async () => {
        await settled()
        return { kwargs: { late: true } }
      })
      peer.register('my.nothing', () => undefined)
      assert.deepEqual(await answered([48, 1, {}, 'my.sum', [1], { plus: 2 }]), [[50, 1, {}, [3]]])
      assert(callers[0] instanceof Session)
      assert.equal(callers[0].principal.authid, 'owner')
      client.send([48, 2, {}, 'my.later'])
      await settled()
      await settled()
      assert.deepEqual(client.take(), [[50, 2, {}, [], { late: true }]])
      assert.deepEqual(await answered([48, 3, {}, 'my.nothing']), [[50, 3, {}]])
    })

    it('are not called before the caller’s message is done with: nothing re-enters the engine', () => {
      let called = false
      peer.register('my.procedure', () => void (called = true))
      client.send([48, 1, {}, 'my.procedure'])
      assert.equal(called, false)
    })

    it('answer with the URI, message and kwargs of a WampError, at once or later', async () => {
      const failing = (): never => {
        throw new WampError('my.error', 'not like this', { kwargs: { hint: 1 } })
      }
      peer.register('my.fault', failing)
      peer.register('my.late_fault', async () => failing())
      for (const procedure of ['my.fault', 'my.late_fault']) {
        assert.deepEqual(await answered([48, 1, {}, procedure]), [
          [8, 48, 1, {}, 'my.error', ['not like this'], { hint: 1 }],
        ])
      }
      assert.deepEqual(house.logged, [])
    })

    it('tell nothing of any other failure, which is logged', async () => {
      peer.register('my.fault', () => {
        throw new Error('password is 1234')
      })
      assert.deepEqual(await answered([48, 1, {}, 'my.fault']), [
        [8, 48, 1, {}, 'wamp.error.runtime_error'],
      ])
      assert.match(String(house.logged[0]?.details?.error), /1234/)
    })

    it('that answer what no serializer can write are answered for', async () => {
      const endless: unknown[] = []
      endless.push(endless)
      peer.register('my.endless', () => ({ args: endless }))
      const [answer] = await answered([48, 1, {}, 'my.endless'])
      assert.deepEqual(answer?.slice(0, 5), [8, 48, 1, {}, 'wamp.error.invalid_argument'])
      assert.equal(client.closedFor, undefined)
    })

    it('of a call that was canceled before are not called; a late answer is dropped', async () => {
      let called = 0
      peer.register('my.procedure', async () => {
        called++
        await settled()
      })
      client.send([48, 1, {}, 'my.procedure'])
      client.send([49, 1, {}])
      await settled()
      assert.equal(called, 0)
      client.send([48, 2, {}, 'my.procedure'])
      await settled()
      client.send([49, 2, {}])
      await settled()
      await settled()
      assert.equal(called, 1)
      assert.deepEqual(
        client.take().map((message) => message[4]),
        ['wamp.error.canceled', 'wamp.error.canceled'],
      )
    })

    it('cannot be offered twice; one that is refused is logged', async () => {
      peer.register('my.procedure', () => undefined)
      assert.throws(() => peer.register('my.procedure', () => undefined), /registered already/)
      peer.register('denied.procedure', () => undefined)
      house.realm.local(service).register('my.procedure', () => undefined)
      await settled()
      assert.deepEqual(
        house.logged.map(({ details }) =>
          details?.error instanceof WampError ? details.error.uri : undefined,
        ),
        ['wamp.error.not_authorized', 'wamp.error.procedure_already_exists'],
      )
    })
  })

  describe('calls', () => {
    it('resolve with what the callee answers, and reject with its error', async () => {
      client.ask([64, 1, {}, 'lamp.switch'])
      const result = peer.call('lamp.switch', ['on'], { fade: 1 })
      assert.deepEqual(client.take()[0]?.slice(4), [['on'], { fade: 1 }])
      client.send([70, 1, {}, ['done'], { watts: 4 }])
      assert.deepEqual(await result, { args: ['done'], kwargs: { watts: 4 } })
      const failing = peer.call('lamp.switch')
      client.send([8, 68, 2, {}, 'lamp.error.burnt', ['oh'], { since: 1 }])
      await assert.rejects(failing, (error) => {
        assert(error instanceof WampError)
        assert.deepEqual(
          [error.uri, error.message, error.kwargs],
          ['lamp.error.burnt', 'oh', { since: 1 }],
        )
        return true
      })
    })

    it('reject as any caller’s: nobody there, not allowed, callee gone', async () => {
      const uri = (expected: string) => (error: unknown) =>
        error instanceof WampError && error.uri === expected
      await assert.rejects(peer.call('nobody.here'), uri('wamp.error.no_such_procedure'))
      await assert.rejects(peer.call('denied.procedure'), uri('wamp.error.not_authorized'))
      await assert.rejects(peer.call('not a uri'), uri('wamp.error.invalid_uri'))
      client.ask([64, 1, {}, 'lamp.switch'])
      const call = peer.call('lamp.switch')
      client.lose()
      await assert.rejects(call, uri('wamp.error.canceled'))
    })

    it('reject when the component leaves, and at once when it has left', async () => {
      client.ask([64, 1, {}, 'lamp.switch'])
      const call = peer.call('lamp.switch')
      peer.leave()
      await assert.rejects(call, /has left its realm/)
      await assert.rejects(peer.call('lamp.switch'), /has left its realm/)
    })
  })

  describe('events', () => {
    it('of a topic or pattern reach each listener, with the topic', async () => {
      const heard: LocalEvent[][] = [[], [], []]
      peer.subscribe('house.door', (event) => heard[0]?.push(event))
      peer.subscribe('house.door', (event) => heard[1]?.push(event))
      peer.subscribe('house.', (event) => heard[2]?.push(event), 'prefix')
      client.send([16, 1, {}, 'house.door', [1], { k: 2 }])
      client.send([16, 2, {}, 'house.lamp'])
      await settled()
      const door = { topic: 'house.door', args: [1], kwargs: { k: 2 } }
      assert.deepEqual(heard[0], [door])
      assert.deepEqual(heard[1], [door])
      assert.deepEqual(
        heard[2]?.map(({ topic }) => topic),
        ['house.door', 'house.lamp'],
      )
    })

    it('that a listener fails on are logged, and reach the others', async () => {
      const heard: unknown[] = []
      peer.subscribe('house.door', () => {
        throw new Error('broken')
      })
      peer.subscribe('house.door', ({ args }) => heard.push(...args))
      client.send([16, 1, {}, 'house.door', [1]])
      await settled()
      assert.deepEqual(heard, [1])
      assert.equal(house.logged[0]?.message, 'a listener failed')
    })

    it('go out in order; a refused one is logged', async () => {
      client.ask([32, 1, {}, 'house.door'])
      for (let i = 0; i < 10; i++) peer.publish('house.door', [i], { i })
      assert.deepEqual(
        client.take().map((event) => event[5]),
        Array.from({ length: 10 }, (_, i) => ({ i })),
      )
      peer.publish('denied.topic')
      peer.subscribe('denied.topic', () => undefined)
      await settled()
      assert.equal(house.logged.length, 2)
    })
  })

  it('is not harmed by what breaks over its messages, which is logged', async () => {
    const { broker } = house.realm
    let publications = 0
    broker.publish = () => {
      const bug = new Error('a bug')
      if (publications++ === 0) throw bug
      return Promise.reject(bug)
    }
    peer.publish('house.door')
    peer.publish('house.door')
    await settled()
    assert.deepEqual(
      house.logged.map(({ details }) => String(details?.error)),
      ['Error: a bug', 'Error: a bug'],
    )
    house.realm.dealer.call = () => Promise.reject(new Error('another bug'))
    await assert.rejects(peer.call('lamp.switch'), /another bug/)
  })

  it('hears of an answer or event that cannot be read', async () => {
    const unreadable: Serializer = {
      ...json,
      decode(frame) {
        const message = json.decode(frame)
        if (!('payload' in message)) return message
        const tail = message.payload.tailFor(json)
        return { ...message, payload: Payload.raw(unreadable, tail, message.payload.count) }
      },
      decodeTail() {
        throw new Error('unreadable')
      },
    }
    const strange = house.join({}, { serializer: unreadable })
    strange.ask([64, 1, {}, 'strange.procedure'])
    const call = peer.call('strange.procedure')
    strange.send([70, 1, {}, ['x']])
    await assert.rejects(call, /unreadable/)
    peer.subscribe('house.door', () => assert.fail('it cannot be read'))
    const heard: unknown[] = []
    peer.subscribe('house.lamp', ({ args }) => heard.push(...args))
    strange.send([16, 2, {}, 'house.door', ['x']])
    client.send([16, 3, {}, 'house.lamp', ['y']])
    await settled()
    assert.deepEqual(heard, ['y'])
    assert.match(String(house.logged[0]?.details?.error), /unreadable/)
  })

  it('that leaves takes all that it offered along', async () => {
    peer.register('my.procedure', () => undefined)
    peer.subscribe('house.door', () => assert.fail('it has left'))
    client.send([48, 1, {}, 'my.procedure'])
    client.send([16, 2, {}, 'house.door'])
    peer.leave()
    peer.leave()
    await settled()
    assert.equal(client.take()[0]?.[4], 'wamp.error.canceled')
    assert.deepEqual([house.realm.dealer.registrations.size, house.realm.broker.size], [0, 0])
    peer.publish('house.door')
    peer.register('my.other', () => undefined)
    assert.equal(house.realm.dealer.registrations.size, 0)
  })

  it('keeps its own order while its rights are asked for elsewhere', async () => {
    const slow = memoryRouter(async ({ uri }) => {
      if (uri === 'slow.topic') await settled()
      return { allow: true }
    })
    const listener = slow.join()
    for (const topic of ['slow.topic', 'fast.topic']) {
      listener.send([32, 1, {}, topic])
      await settled()
      await settled()
    }
    listener.take()
    const component = slow.realm.local(service)
    component.publish('slow.topic', [1])
    component.publish('fast.topic', [2])
    component.publish('slow.topic', [3])
    for (let i = 0; i < 20; i++) await settled()
    assert.deepEqual(
      listener.take().map((event) => (event[4] as number[])[0]),
      [1, 2, 3],
    )
  })
})
