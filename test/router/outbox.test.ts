import assert from 'node:assert/strict'
import { Outbox } from '../../router/outbox.ts'
import { startOpenRouter, type OpenRouter } from '../support/open-router.ts'
import { countWrites } from '../support/socket-writes.ts'
import type { WampClient } from '../support/wamp-client.ts'

/** Messages of one kind, `count` of them. */
function times<T>(count: number, make: (i: number) => T): T[] {
  return Array.from({ length: count }, (_, i) => make(i))
}

describe('Outbox', () => {
  it('flushes each target that was touched once, at the end of the tick', async () => {
    const outbox = new Outbox(assert.ifError)
    const flushed: string[] = []
    outbox.touch({ flush: () => flushed.push('a') })
    outbox.touch({ flush: () => flushed.push('b') })
    await new Promise((resolve) => process.nextTick(resolve))
    assert.deepEqual(flushed, [])
    await new Promise((resolve) => setImmediate(resolve))
    assert.deepEqual(flushed, ['a', 'b'])
  })

  it('flushes what is touched while it flushes in the same tick', async () => {
    const outbox = new Outbox(assert.ifError)
    const flushed: string[] = []
    outbox.touch({
      flush: () => outbox.touch({ flush: () => flushed.push('later') }),
    })
    await new Promise((resolve) => setImmediate(resolve))
    assert.deepEqual(flushed, ['later'])
  })

  it('flushes the others when one of them fails, and tells of it', async () => {
    const errors: unknown[] = []
    const outbox = new Outbox((error) => errors.push(error))
    const flushed: string[] = []
    const failure = new Error('broken')
    outbox.touch({
      flush: () => {
        throw failure
      },
    })
    outbox.touch({ flush: () => flushed.push('b') })
    await new Promise((resolve) => setImmediate(resolve))
    assert.deepEqual(flushed, ['b'])
    assert.deepEqual(errors, [failure])
  })
})

describe('One write per socket and tick', () => {
  let open: OpenRouter

  before(async () => {
    open = await startOpenRouter()
  })
  after(() => open.stop())
  afterEach(() => open.dropClients())

  const ways: readonly (readonly [string, () => Promise<WampClient>])[] = [
    ['WebSocket and JSON', () => open.connect('json')],
    ['WebSocket and MessagePack', () => open.connect('msgpack')],
    ['RawSocket and JSON', () => open.connectRaw('json')],
    ['RawSocket and MessagePack', () => open.connectRaw('msgpack')],
  ]

  for (const [name, connect] of ways) {
    describe(`over ${name}`, () => {
      let client: WampClient
      let device: WampClient

      beforeEach(async () => {
        client = await connect()
        await client.join()
        device = await connect()
        await device.join()
      })

      const writesTo = (writes: ReadonlyMap<number, number>, to: WampClient): number =>
        writes.get(to.port ?? 0) ?? 0

      it('holds for 100 answers to one session', async () => {
        const writes = await countWrites(async () => {
          client.sendTogether(times(100, (i) => [48, i + 1, {}, 'nobody.here']))
          await client.take(100)
        })
        assert.equal(writesTo(writes, client), 1)
      })

      it('holds for 100 calls to a component of the router’s own', async () => {
        const component = open.realm1.local({
          kind: 'service',
          authid: 'echo',
          authrole: 'service',
          authmethod: 'local',
          authprovider: 'test',
        })
        component.register('local.echo', ({ args }) => ({ args }))
        const writes = await countWrites(async () => {
          client.sendTogether(times(100, (i) => [48, i + 1, {}, 'local.echo', [i]]))
          await client.take(100)
        })
        component.leave()
        assert.equal(writesTo(writes, client), 1)
      })

      it('holds for 100 calls, their invocations and their results', async () => {
        await device.register('lamp.switch')
        let invocations: unknown[][] = []
        const asked = await countWrites(async () => {
          client.sendTogether(times(100, (i) => [48, i + 1, {}, 'lamp.switch', [i]]))
          invocations = await device.take(100)
        })
        assert.equal(writesTo(asked, device), 1)
        assert.equal(writesTo(asked, client), 0)
        const answered = await countWrites(async () => {
          device.sendTogether(invocations.map(([, id]) => [70, id, {}, ['done']]))
          await client.take(100)
        })
        assert.equal(writesTo(answered, client), 1)
        assert.equal(writesTo(answered, device), 0)
      })

      it('holds for 100 events to each of five subscribers', async () => {
        const listeners = [device]
        for (let i = 0; i < 4; i++) {
          const listener = await connect()
          await listener.join()
          listeners.push(listener)
        }
        for (const listener of listeners) await listener.subscribe('house.door')
        const writes = await countWrites(async () => {
          client.sendTogether(
            times(100, (i) => [16, i + 1, { acknowledge: true }, 'house.door', [i]]),
          )
          await client.take(100)
          for (const listener of listeners) await listener.take(100)
        })
        for (const listener of [client, ...listeners]) assert.equal(writesTo(writes, listener), 1)
      })
    })
  }

  it('gives way for a burst: from 64 KiB on a tick’s bytes leave before its end', async () => {
    const client = await open.joinRaw()
    await client.register('my.echo')
    client.echo()
    const writes = await countWrites(async () => {
      client.sendTogether(times(20, (i) => [48, i + 1, {}, 'my.echo', ['x'.repeat(20_000)]]))
      await client.take(20)
    })
    assert((writes.get(client.port ?? 0) ?? 0) < 40)
  })
})
