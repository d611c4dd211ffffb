import assert from 'node:assert/strict'
import { encode } from '@msgpack/msgpack'
import type { Principal } from '../../router/access.ts'
import { startOpenRouter, type OpenRouter } from '../support/open-router.ts'
import { until } from '../support/until.ts'
import type { WampClient } from '../support/wamp-client.ts'

const service: Principal = {
  kind: 'service',
  authid: 'echo',
  authrole: 'service',
  authmethod: 'local',
  authprovider: 'test',
}

const KiB = 1024
/** More than the system keeps for both ends of a connection on loopback. */
const much = 400
const large = 'x'.repeat(64 * KiB)

for (const [name, connect] of [
  ['WebSocket', (open: OpenRouter) => open.connect()],
  ['RawSocket', (open: OpenRouter) => open.connectRaw()],
] as const) {
  describe(`Over ${name}, a peer that does not read`, () => {
    let open: OpenRouter
    let peer: WampClient
    let other: WampClient

    const join = async (): Promise<WampClient> => {
      const client = await connect(open)
      await client.join()
      return client
    }

    beforeEach(async () => {
      open = await startOpenRouter({
        limits: { congestedBytes: 256 * KiB, pendingBytes: 1024 * KiB },
      })
      peer = await join()
      other = await join()
    })
    afterEach(() => open.stop())

    it('gets no calls: they are answered with network_failure at once; and gets them when it reads again', async () => {
      await peer.register('lamp.switch')
      peer.pause()
      const answers = new Map<unknown, number>()
      for (let i = 1; i <= much; i++) {
        other.send([48, i, {}, 'lamp.switch', [large]])
        if (i % 20 !== 0) continue
        for (const message of await other.settle()) {
          const key = message[4]
          answers.set(key, (answers.get(key) ?? 0) + 1)
        }
      }
      assert.deepEqual([...answers.keys()], ['wamp.error.network_failure'])
      const delivered = much - (answers.get('wamp.error.network_failure') ?? 0)
      assert(delivered < much)
      peer.resume()
      assert.equal((await peer.take(delivered)).length, delivered)
      await until(() => [...open.realm1.sessions.values()].every(({ congested }) => !congested))
      other.send([48, much + 1, {}, 'lamp.switch', ['again']])
      assert.deepEqual((await peer.next())[4], ['again'])
    })

    it('loses events, which are counted; others get them all, and the publisher is not held up', async () => {
      const listener = await join()
      await peer.subscribe('house.film')
      await listener.subscribe('house.film')
      const publisher = await join()
      peer.pause()
      for (let i = 1; i <= much; i++) {
        const [type] = await publisher.ask([16, i, { acknowledge: true }, 'house.film', [large]])
        assert.equal(type, 17)
      }
      assert.equal((await listener.take(much)).length, much)
      const { dropped, withheld } = open.realm1.broker.undelivered
      assert(dropped > 0 && dropped < much)
      assert.equal(withheld, 0)
      peer.resume()
      assert.equal((await peer.take(much - dropped)).length, much - dropped)
      assert.equal(open.realm1.sessions.size, 4)
    })

    it('its own answers is not read from, and goes on where it was when it reads again', async () => {
      let handled = 0
      const component = open.realm1.local(service)
      component.register('local.film', () => {
        handled++
        return { args: [large] }
      })
      peer.pause()
      // One by one, until one is not taken any more.
      let sent = 0
      let held = false
      while (!held && sent < much) {
        peer.send([48, ++sent, {}, 'local.film'])
        held = await until(() => handled === sent, 100).then(
          () => false,
          () => true,
        )
      }
      assert(held && handled < much, `${handled} of ${much} were handled`)
      for (let i = 0; i < 4; i++) peer.send([48, ++sent, {}, 'local.film'])
      await other.settle()
      assert.equal(handled, sent - 5)
      assert.equal(open.realm1.sessions.size, 2)
      peer.resume()
      const results = await peer.take(sent)
      assert.equal(new Set(results.map(([, request]) => request)).size, sent)
      assert.equal(handled, sent)
    })

    it('and has more to get than may wait is closed: it alone, and its callers are answered', async () => {
      await other.register('film.get')
      await peer.register('lamp.switch')
      const caller = await join()
      caller.send([48, 1, {}, 'lamp.switch'])
      // All its calls are under way before one is answered.
      for (let i = 1; i <= much; i++) peer.send([48, i, {}, 'film.get'])
      const invocations = await other.take(much)
      await peer.next()
      peer.pause()
      for (const [, id] of invocations) other.send([70, id, {}, [large]])
      assert.equal((await caller.next())[4], 'wamp.error.canceled')
      assert.equal(open.realm1.sessions.size, 2)
      peer.resume()
      await peer.closed
      assert.deepEqual(await other.settle(), [])
    })
  })
}

describe('A message that is several times as long in another serializer', () => {
  /** Floats of 5 bytes, which have up to 23 characters. */
  function readings(count: number): Buffer {
    const list = Buffer.alloc(5 + 5 * count)
    list[0] = 0xdd
    list.writeUInt32BE(count, 1)
    for (let i = 0; i < count; i++) {
      list[5 + 5 * i] = 0xca
      list.writeFloatBE((-1.1e-7 * (i + 1)) / 7, 6 + 5 * i)
    }
    return list
  }
  /** Of MessagePack: its fields, and the readings behind them. */
  const long = (fields: unknown[], count = 207_000): Buffer => {
    const head = Buffer.from(encode(fields))
    head[0] = 0x90 + fields.length + 1
    return Buffer.concat([head, readings(count)])
  }

  let open: OpenRouter
  let talker: WampClient
  beforeEach(async () => {
    open = await startOpenRouter()
    talker = await open.connect('msgpack')
    await talker.join()
  })
  afterEach(() => open.stop())

  for (const [name, connect] of [
    ['WebSocket', () => open.connect()],
    ['RawSocket', () => open.connectRaw()],
  ] as const) {
    it(`ends no subscriber over ${name}: it loses the event, and others get it`, async () => {
      const [reader, other] = [await connect(), await open.connect('msgpack')]
      for (const client of [reader, other]) {
        await client.join()
        await client.subscribe('house.readings')
      }
      talker.sendBytes(long([16, 1, {}, 'house.readings']))
      assert(Buffer.isBuffer(await other.nextBytes()))
      assert.deepEqual(await reader.settle(), [])
      assert.deepEqual(open.realm1.broker.undelivered, { withheld: 0, dropped: 1 })
      assert.equal(open.realm1.sessions.size, 3)
    })

    it(`ends neither caller nor callee over ${name}: who waits for it gets an error`, async () => {
      const json = await connect()
      await json.join()
      await talker.register('readings.get')
      json.send([48, 1, {}, 'readings.get'])
      const [, id] = await talker.next()
      talker.sendBytes(long([70, id, {}]))
      assert.equal((await json.next())[4], 'wamp.error.payload_size_exceeded')
      await json.register('readings.put', 2)
      talker.sendBytes(long([48, 2, {}, 'readings.put']))
      assert.equal((await talker.next())[4], 'wamp.error.payload_size_exceeded')
      assert.equal(open.realm1.sessions.size, 2)
    })
  }

  it('is taken where it fits, in batches too, and who gets it is read from as before', async () => {
    for (const batched of [false, true]) {
      const reader = await open.approach({ transport: 'websocket', format: 'json', batched })
      await reader.join()
      const procedure = `readings.${String(batched)}`
      await talker.register(procedure, batched ? 3 : 2)
      reader.send([48, 1, {}, procedure])
      const [, id] = await talker.next()
      // More than `congestedBytes`, less than `pendingBytes`.
      talker.sendBytes(long([70, id, {}], 160_000))
      assert((await reader.nextBytes()).length > 3 * 1024 * KiB)
      reader.send([48, 2, {}, 'nobody.here'])
      assert.equal((await reader.next())[4], 'wamp.error.no_such_procedure')
    }
  })
})
