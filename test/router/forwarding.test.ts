import assert from 'node:assert/strict'
import { json } from '../../router/wire/json.ts'
import { Payload, type PayloadValues } from '../../router/wire/payload.ts'
import type { Message } from '../../router/wire/message.ts'
import type { Serializer } from '../../router/wire/serializer.ts'
import { MemoryClient } from '../support/memory-client.ts'
import { startOpenRouter, type OpenRouter } from '../support/open-router.ts'
import type { Format, WampClient } from '../support/wamp-client.ts'

/**
 * A serializer of its own, JSON on the wire, that counts how often payloads are decoded and encoded.
 * `unwritable` is an argument that it cannot encode.
 */
function countingSerializer(
  unwritable?: string,
): Serializer & { encoded: number; decoded: number } {
  const again = (payload: Payload, from: Serializer, to: Serializer): Payload =>
    Payload.raw(to, payload.tailFor(from), payload.count)
  const counting = {
    ...json,
    encoded: 0,
    decoded: 0,
    decode(frame: Buffer): Message {
      const message = json.decode(frame)
      if (!('payload' in message)) return message
      return { ...message, payload: again(message.payload, json, counting) }
    },
    encode(message: Message): Buffer {
      if (!('payload' in message)) return json.encode(message)
      return json.encode({ ...message, payload: again(message.payload, counting, json) })
    },
    encodeTail(values: PayloadValues): Buffer {
      if (values.args?.includes(unwritable) === true) throw new Error('no such value here')
      counting.encoded++
      return json.encodeTail(values)
    },
    decodeTail(tail: Buffer, count: number): PayloadValues {
      counting.decoded++
      return json.decodeTail(tail, count)
    },
  }
  return counting
}

describe('A payload on its way', () => {
  let open: OpenRouter

  beforeEach(async () => {
    open = await startOpenRouter({ limits: { goodbyeMs: 20 } })
  })
  afterEach(() => open.stop())

  describe('between sessions of one serializer', () => {
    it('is neither decoded nor encoded, by CALL, YIELD, ERROR or PUBLISH', () => {
      const serializer = countingSerializer()
      const caller = MemoryClient.join(open.router, 'realm1', {}, { serializer })
      const device = MemoryClient.join(open.router, 'realm1', {}, { serializer })
      device.ask([64, 1, {}, 'lamp.switch'])
      device.ask([32, 2, {}, 'house.door'])
      for (let i = 1; i <= 10; i++) {
        caller.send([48, i, {}, 'lamp.switch', [i], { k: i }])
        assert.deepEqual(device.take()[0]?.slice(4), [[i], { k: i }])
        device.send(
          i % 2 === 0 ? [70, i, {}, [i], { k: i }] : [8, 68, i, {}, 'some.error', [i], { k: i }],
        )
        assert.deepEqual(caller.take()[0]?.slice(-2), [[i], { k: i }])
        caller.send([16, i, {}, 'house.door', [i], { k: i }])
        assert.deepEqual(device.take()[0]?.slice(4), [[i], { k: i }])
      }
      // The router's own WELCOME and replies had no payload.
      assert.deepEqual([serializer.encoded, serializer.decoded], [0, 0])
    })

    for (const format of ['json', 'msgpack'] as const) {
      it(`is not read at all in ${format}: neither values() nor JSON see it`, async () => {
        const connect = async (): Promise<WampClient> => {
          const client = await open.connectRaw(format)
          await client.join()
          return client
        }
        const [caller, device] = [await connect(), await connect()]
        await device.register('lamp.switch')
        await device.subscribe('house.door')
        const marker = 'marker-of-the-payload'
        const seen: string[] = []
        const { parse, stringify } = JSON
        const prototype = Payload.prototype as { values: (this: Payload) => PayloadValues }
        const { values } = prototype
        const inRouter = (what: string): void => {
          // The clients of this test use JSON too.
          if (new Error().stack?.includes('/router/wire/')) seen.push(what)
        }
        JSON.parse = (text: string, ...rest: never[]) => {
          if (text.includes(marker)) inRouter('parse')
          return parse(text, ...rest) as unknown
        }
        JSON.stringify = ((value: unknown, ...rest: never[]) => {
          const text = stringify(value, ...rest)
          if (text?.includes(marker)) inRouter('stringify')
          return text
        }) as typeof JSON.stringify
        prototype.values = function watched(this: Payload) {
          seen.push('values')
          return values.call(this)
        }
        try {
          caller.send([48, 1, {}, 'lamp.switch', [marker], { [marker]: 1 }])
          device.send([70, (await device.next())[1], {}, [marker], { [marker]: 1 }])
          assert.deepEqual((await caller.next())[3], [marker])
          caller.send([16, 2, {}, 'house.door', [marker]])
          assert.deepEqual((await device.next())[4], [marker])
        } finally {
          Object.assign(JSON, { parse, stringify })
          Object.assign(prototype, { values })
        }
        assert.deepEqual(seen, [])
      })
    }
  })

  describe('across serializers', () => {
    it('is decoded once and encoded once per serializer, however many receive it', async () => {
      const serializer = countingSerializer()
      const publisher = MemoryClient.join(open.router, 'realm1', {}, { serializer })
      const listeners: WampClient[] = []
      for (const format of ['json', 'msgpack', 'json', 'msgpack', 'json', 'msgpack'] as const) {
        const listener = await open.connect(format)
        await listener.join()
        await listener.subscribe('house.door')
        listeners.push(listener)
      }
      publisher.send([16, 1, {}, 'house.door', ['x'], { y: 1 }])
      for (const listener of listeners) {
        assert.deepEqual((await listener.next()).slice(4), [['x'], { y: 1 }])
      }
      assert.equal(serializer.decoded, 1)
    })

    it('encodes an event once for all its subscribers of one serializer', async () => {
      const serializer = countingSerializer()
      const listeners = Array.from({ length: 20 }, () =>
        MemoryClient.join(open.router, 'realm1', {}, { serializer }),
      )
      for (const listener of listeners) listener.ask([32, 1, {}, 'house.door'])
      const publisher = await open.join()
      publisher.send([16, 1, {}, 'house.door', ['x']])
      await publisher.settle()
      for (const listener of listeners) assert.deepEqual(listener.take()[0]?.[4], ['x'])
      assert.equal(serializer.encoded, 1)
    })

    const kinds: readonly (readonly [Format, Format])[] = [
      ['json', 'msgpack'],
      ['msgpack', 'json'],
    ]
    for (const [from, to] of kinds) {
      it(`keeps its meaning from ${from} to ${to}`, async () => {
        const [caller, device] = [await open.connect(from), await open.connect(to)]
        await caller.join()
        await device.join()
        await device.register('lamp.switch')
        const args = [null, true, 1, -1, 1.5, 2 ** 53, 'ä😀', [], [[]], {}, { a: [{ b: null }] }]
        caller.send([48, 1, {}, 'lamp.switch', args, { k: args }])
        assert.deepEqual((await device.next()).slice(4), [args, { k: args }])
      })
    }
  })

  it('that cannot be written for its receiver is answered for, and ends no session', async () => {
    const serializer = countingSerializer('strange')
    const strange = MemoryClient.join(open.router, 'realm1', {}, { serializer })
    const device = await open.join()
    await device.register('lamp.switch')
    strange.ask([64, 1, {}, 'strange.procedure'])
    strange.ask([32, 2, {}, 'house.door'])
    // The call does not reach it, and the answer does not either; an event is dropped and counted.
    const call = await device.ask([48, 7, {}, 'strange.procedure', ['strange']])
    assert.deepEqual(call.slice(0, 5), [8, 48, 7, {}, 'wamp.error.invalid_argument'])
    strange.send([48, 8, {}, 'lamp.switch'])
    device.send([70, (await device.next())[1], {}, ['strange']])
    await device.settle()
    const [answer] = strange.take()
    assert.deepEqual(answer?.slice(0, 5), [8, 48, 8, {}, 'wamp.error.invalid_argument'])
    device.send([16, 9, {}, 'house.door', ['strange']])
    assert.deepEqual(await device.settle(), [])
    assert.equal(open.realm1.broker.undelivered.dropped, 1)
    assert.equal(strange.closedFor, undefined)
    for (const { ledger } of open.realm1.sessions.values()) assert.equal(ledger.calls.size, 0)
  })
})
