import assert from 'node:assert/strict'
import { defaultLimits } from '../../router/limits.ts'
import { MemoryClient } from '../support/memory-client.ts'
import { deferred, forever, memoryRouter, settled } from '../support/memory-router.ts'
import { allowAll, anyone } from '../support/open-router.ts'
import { allRoles, type Wire } from '../support/wamp-client.ts'

const hello: Wire = [1, 'realm1', { roles: allRoles }]

function refusedFor(messages: Wire[]): unknown[] {
  return messages.filter(([type]) => type === 3).map(([, , reason]) => reason)
}

describe('Limits', () => {
  it('have a default, all of them', () => {
    for (const [name, value] of Object.entries(defaultLimits)) {
      assert(Number.isInteger(value) && value > 0, name)
    }
  })

  describe('before the join', () => {
    it('joinMs: who has not joined in time is closed', () => {
      const { router, clock } = memoryRouter(allowAll, { limits: { joinMs: 1_000 } })
      const [silent, joined] = [new MemoryClient(router), new MemoryClient(router)]
      joined.send(hello)
      clock.advance(999)
      assert.equal(silent.closedFor, undefined)
      clock.advance(1)
      assert.equal(silent.closedFor, 'timeout')
      clock.advance(10_000)
      assert.equal(joined.closedFor, undefined)
    })

    it('joinMs: counts the time of a method that does not answer', () => {
      const authenticators = [{ ...anyone, begin: () => new Promise<never>(() => undefined) }]
      const { router, clock } = memoryRouter(allowAll, {
        realm: { authenticators },
        limits: { joinMs: 1_000 },
      })
      const client = new MemoryClient(router)
      client.send(hello)
      clock.advance(1_000)
      assert.equal(client.closedFor, 'timeout')
    })

    it('joinMessageBytes: a longer message is a protocol error', () => {
      const { router } = memoryRouter(allowAll, { limits: { joinMessageBytes: 100 } })
      const client = new MemoryClient(router)
      const answer = client.ask([1, 'realm1', { roles: allRoles, agent: 'x'.repeat(100) }])
      assert.deepEqual(refusedFor(answer), ['wamp.error.protocol_violation'])
      assert.equal(client.closedFor, 'aborted')
    })

    it('joinMessages: one more is a protocol error', () => {
      const authenticators = [
        {
          method: 'anonymous',
          begin: () => ({ challenge: true, extra: {} }) as const,
          verify: () => ({ challenge: true, extra: {} }) as const,
        },
      ]
      const { router } = memoryRouter(allowAll, {
        realm: { authenticators },
        limits: { joinMessages: 3 },
      })
      const client = new MemoryClient(router)
      for (const message of [hello, [5, 'x', {}], [5, 'x', {}]]) {
        assert.equal(client.ask(message)[0]?.[0], 4)
      }
      assert.deepEqual(refusedFor(client.ask([5, 'x', {}])), ['wamp.error.protocol_violation'])
    })

    it('joiningPerAddress: the next of that address is refused, until one has joined or is gone', () => {
      const { router } = memoryRouter(allowAll, { limits: { joiningPerAddress: 2 } })
      const from = (address: string): MemoryClient => new MemoryClient(router, { address })
      const [one, two] = [from('10.0.0.1'), from('10.0.0.1')]
      const refused = from('10.0.0.1')
      assert.deepEqual([refused.attached, refused.closedFor], [false, 'overload'])
      assert.equal(from('10.0.0.2').attached, true)
      one?.send(hello)
      const three = from('10.0.0.1')
      assert.equal(three.attached, true)
      assert.equal(from('10.0.0.1').attached, false)
      two?.lose()
      assert.equal(from('10.0.0.1').attached, true)
    })

    it('joiningPerAddress: who has waited for a second and said nothing gives way to the next', () => {
      const { router, clock } = memoryRouter(allowAll, { limits: { joiningPerAddress: 2 } })
      const from = (address: string): MemoryClient => new MemoryClient(router, { address })
      const [one, two] = [from('10.0.0.1'), from('10.0.0.1')]
      clock.advance(999)
      assert.equal(from('10.0.0.1').attached, false)
      clock.advance(1)
      const three = from('10.0.0.1')
      assert.deepEqual(
        [three.attached, one?.closedFor, two?.closedFor],
        [true, 'overload', undefined],
      )
      three.send(hello)
      assert.equal(three.received[0]?.[0], 2)
      one?.send(hello)
      assert.deepEqual(one?.received, [])
    })

    it('joiningPerAddress: counts what has entered and is not attached yet', () => {
      const { router } = memoryRouter(allowAll, { limits: { joiningPerAddress: 2 } })
      const leave = router.enter('10.0.0.1', () => undefined)
      assert(leave !== undefined)
      assert.equal(new MemoryClient(router, { address: '10.0.0.1' }).attached, true)
      assert.equal(
        router.enter('10.0.0.1', () => undefined),
        undefined,
      )
      leave()
      leave()
      assert.notEqual(
        router.enter('10.0.0.1', () => undefined),
        undefined,
      )
      assert.equal(
        router.enter('10.0.0.1', () => undefined),
        undefined,
      )
    })

    it('joiningPerAddress: what has entered gives way too, once it has waited for a second', () => {
      const { router, clock } = memoryRouter(allowAll, { limits: { joiningPerAddress: 1 } })
      let gaveWay = 0
      const leave = router.enter('10.0.0.1', () => gaveWay++)
      clock.advance(1_000)
      assert.equal(new MemoryClient(router, { address: '10.0.0.1' }).attached, true)
      assert.equal(gaveWay, 1)
      leave?.()
      assert.equal(new MemoryClient(router, { address: '10.0.0.1' }).attached, false)
    })

    it('connections: the next is refused, joined or not, until one is gone', () => {
      const { router } = memoryRouter(allowAll, { limits: { connections: 2 } })
      const one = new MemoryClient(router, { address: 'a' })
      one.send(hello)
      assert.equal(new MemoryClient(router, { address: 'b' }).attached, true)
      const refused = new MemoryClient(router, { address: 'c' })
      assert.deepEqual([refused.attached, refused.closedFor], [false, 'overload'])
      assert.equal(router.connections, 2)
      one.lose()
      assert.equal(new MemoryClient(router, { address: 'd' }).attached, true)
    })
  })

  describe('in a session', () => {
    it('messageBytes: a longer message is a protocol error', () => {
      const { join } = memoryRouter(allowAll, { limits: { messageBytes: 1_000 } })
      const client = join()
      const short = [16, 1, { acknowledge: true }, 'a.b', ['x'.repeat(900)]]
      assert.equal(client.ask(short)[0]?.[0], 17)
      const answer = client.ask([16, 1, {}, 'a.b', ['x'.repeat(1_000)]])
      assert.deepEqual(refusedFor(answer), ['wamp.error.protocol_violation'])
    })

    it('calls: one more in flight is unavailable, until one is answered', () => {
      const { join } = memoryRouter(allowAll, { limits: { calls: 3 } })
      const [device, caller] = [join(), join()]
      device.ask([64, 1, {}, 'lamp.switch'])
      for (let i = 1; i <= 3; i++) assert.deepEqual(caller.ask([48, i, {}, 'lamp.switch']), [])
      const [error] = caller.ask([48, 4, {}, 'lamp.switch'])
      assert.equal(error?.[4], 'wamp.error.unavailable')
      assert.match(String(error?.[5]), /more than 3 calls/)
      device.send([70, 1, {}])
      caller.take()
      assert.deepEqual(caller.ask([48, 5, {}, 'lamp.switch']), [])
      // Others have their own.
      assert.deepEqual(join().ask([48, 1, {}, 'lamp.switch']), [])
    })

    it('registrations: one more is unavailable, until one is ended', () => {
      const { join } = memoryRouter(allowAll, { limits: { registrations: 2 } })
      const device = join()
      const [registered] = device.ask([64, 1, {}, 'lamp.a'])
      device.ask([64, 2, {}, 'lamp.b'])
      assert.equal(device.ask([64, 3, {}, 'lamp.c'])[0]?.[4], 'wamp.error.unavailable')
      device.ask([66, 4, registered?.[2]])
      assert.equal(device.ask([64, 5, {}, 'lamp.c'])[0]?.[0], 65)
    })

    it('subscriptions: one more is unavailable, until one is ended; one that it has is not one more', () => {
      const { join } = memoryRouter(allowAll, { limits: { subscriptions: 2 } })
      const listener = join()
      const [subscribed] = listener.ask([32, 1, {}, 'a.a'])
      listener.ask([32, 2, {}, 'a.b'])
      assert.equal(listener.ask([32, 3, {}, 'a.c'])[0]?.[4], 'wamp.error.unavailable')
      assert.equal(listener.ask([32, 3, {}, 'a.a'])[0]?.[0], 33)
      listener.ask([34, 4, subscribed?.[2]])
      assert.equal(listener.ask([32, 5, {}, 'a.c'])[0]?.[0], 33)
    })

    it('parked: so many wait behind a decision before the session is not read from', async () => {
      const answer = deferred<{ allow: true; until: number }>()
      const { join } = memoryRouter(() => answer.promise, { limits: { parked: 5 } })
      const [client, other] = [join(), join()]
      for (let i = 1; i <= 5; i++) client.send([16, i, { acknowledge: true }, 'a.b'])
      assert.equal(client.paused, false)
      client.send([16, 6, { acknowledge: true }, 'a.b'])
      assert.equal(client.paused, true)
      assert.equal(other.paused, false)
      answer.resolve({ allow: true, until: forever })
      await settled()
      assert.equal(client.paused, false)
      assert.deepEqual(
        client.take().map(([, request]) => request),
        [1, 2, 3, 4, 5, 6],
      )
    })

    it('decisions: so many are kept', () => {
      let asked = 0
      const { join, realm } = memoryRouter(
        () => {
          asked++
          return { allow: true, until: forever }
        },
        { limits: { decisions: 2 } },
      )
      const client = join()
      for (const uri of ['a.a', 'a.b', 'a.c', 'a.a']) client.send([16, 1, {}, uri])
      assert.equal(asked, 4)
      const [session] = realm.sessions.values()
      assert.equal(session?.ledger.decisions.size, 2)
    })

    describe('messagesPerSecond', () => {
      const publishes = (client: MemoryClient, from: number, to: number): void => {
        for (let i = from; i <= to; i++) client.send([16, i, { acknowledge: true }, 'a.b'])
      }

      it('has the session wait, unread, until it may go on; nothing is lost', () => {
        const { join, clock } = memoryRouter(allowAll, { limits: { messagesPerSecond: 10 } })
        const [client, other] = [join(), join()]
        publishes(client, 1, 10)
        assert.equal(client.paused, false)
        publishes(client, 11, 25)
        assert.equal(client.paused, true)
        assert.equal(client.take().length, 10)
        publishes(other, 1, 5)
        assert.deepEqual([other.take().length, other.paused], [5, false])
        clock.advance(500)
        assert.equal(client.take().length, 5)
        clock.advance(1_000)
        assert.equal(client.take().length, 10)
        assert.equal(client.paused, false)
      })

      it('of a realm may differ by the kind of principal', () => {
        const { join, clock } = memoryRouter(allowAll, {
          realm: {
            messagesPerSecond: { anonymous: 2 },
            authenticators: [
              {
                ...anyone,
                begin: (request) => ({
                  kind: request.authid === 'lamp' ? 'device' : 'anonymous',
                  authid: 'x',
                  authrole: 'y',
                  authmethod: 'anonymous',
                  authprovider: 'test',
                }),
              },
            ],
          },
          limits: { messagesPerSecond: 5 },
        })
        const [guest, device] = [join(), join({ authid: 'lamp' })]
        for (const client of [guest, device]) publishes(client, 1, 10)
        assert.deepEqual([guest.take().length, device.take().length], [2, 5])
        clock.advance(1_000)
        assert.deepEqual([guest.take().length, device.take().length], [2, 5])
      })

      it('of a session that ends leaves no timer', () => {
        const { join, clock } = memoryRouter(allowAll, { limits: { messagesPerSecond: 1 } })
        const client = join()
        const { waiting } = clock
        publishes(client, 1, 5)
        assert.equal(clock.waiting, waiting + 1)
        client.lose()
        assert.equal(clock.waiting, waiting)
      })
    })
  })

  describe('of what waits for a peer', () => {
    const limits = { pendingBytes: 10_000, congestedBytes: 5_000 }

    it('congestedBytes: a call to it is network_failure at once, an event dropped and counted', () => {
      const { join, realm } = memoryRouter(allowAll, { limits })
      const [device, caller] = [join(), join()]
      device.ask([64, 1, {}, 'lamp.switch'])
      device.ask([32, 2, {}, 'house.door'])
      device.pendingBytes = 5_000
      assert.equal(caller.ask([48, 1, {}, 'lamp.switch'])[0]?.[4], 'wamp.error.network_failure')
      caller.send([16, 2, {}, 'house.door'])
      assert.deepEqual(device.take(), [])
      assert.deepEqual(realm.broker.undelivered, { withheld: 0, dropped: 1 })
      device.drain()
      caller.send([48, 3, {}, 'lamp.switch'])
      caller.send([16, 4, {}, 'house.door'])
      assert.equal(device.take().length, 2)
    })

    it('congestedBytes: who does not read its own answers is not read from until it does', () => {
      const { join } = memoryRouter(allowAll, { limits })
      const client = join()
      client.pendingBytes = 5_000
      client.send([48, 1, {}, 'nobody.here'])
      assert.equal(client.paused, true)
      // What had come in already is kept for later.
      client.send([48, 2, {}, 'nobody.here'])
      assert.equal(client.take().length, 1)
      client.drain()
      assert.equal(client.paused, false)
      assert.equal(client.take().length, 1)
    })

    it('congestedBytes: who does not read events is read from all the same, as is their publisher', () => {
      const { join } = memoryRouter(allowAll, { limits })
      const [listener, publisher] = [join(), join()]
      listener.ask([32, 1, {}, 'house.door'])
      listener.pendingBytes = 5_000
      publisher.send([16, 1, {}, 'house.door'])
      assert.deepEqual([listener.paused, publisher.paused], [false, false])
    })

    it('pendingBytes: nobody else brings a session beyond it; a call to it is answered, an event for it is dropped', () => {
      const { join, realm } = memoryRouter(allowAll, { limits })
      const [device, caller] = [join(), join()]
      device.ask([64, 1, {}, 'lamp.switch'])
      device.ask([32, 2, {}, 'house.door'])
      device.pendingBytes = 4_900
      const long = 'x'.repeat(5_200)
      const [answer] = caller.ask([48, 1, {}, 'lamp.switch', [long]])
      assert.equal(answer?.[4], 'wamp.error.payload_size_exceeded')
      caller.send([16, 2, {}, 'house.door', [long]])
      assert.deepEqual(realm.broker.undelivered, { withheld: 0, dropped: 1 })
      assert.deepEqual([device.take(), device.closedFor], [[], undefined])
      caller.send([16, 3, {}, 'house.door', ['x'.repeat(2_000)]])
      assert.equal(device.take().length, 1)
    })

    it('pendingBytes: what others send leaves room for answers, and for the last word', async () => {
      const { join } = memoryRouter(allowAll, { limits })
      const [device, caller] = [join(), join()]
      device.ask([32, 1, {}, 'house.door'])
      device.pendingBytes = 4_900
      for (const length of [5_200, 4_000, 3_000, 2_700])
        caller.send([16, length, {}, 'house.door', ['x'.repeat(length)]])
      assert.deepEqual(device.take(), [])
      device.pendingBytes = 9_900
      assert.equal(device.ask([48, 2, {}, 'nobody.here'])[0]?.[4], 'wamp.error.no_such_procedure')
      device.pendingBytes = 10_000
      device.send([4_711])
      await new Promise((resolve) => setImmediate(resolve))
      assert.deepEqual([device.take()[0]?.[0], device.closedFor], [3, 'aborted'])
    })

    it('pendingBytes: more ends that session, without a word, and no other', async () => {
      const { join, realm } = memoryRouter(allowAll, { limits })
      const [client, other] = [join(), join()]
      client.pendingBytes = 10_001
      client.send([48, 1, {}, 'nobody.here'])
      await new Promise((resolve) => setImmediate(resolve))
      assert.equal(client.closedFor, 'slow_consumer')
      assert.deepEqual([other.closedFor, realm.sessions.size], [undefined, 1])
    })
  })
})
