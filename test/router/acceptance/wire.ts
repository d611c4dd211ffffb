import assert from 'node:assert/strict'
import { allRoles, type Format, type WampClient, type Wire } from '../../support/wamp-client.ts'
import { assertViolation, type Scene } from './scene.ts'

/** Bytes as they are on the wire of a serializer, and how a client with no idea of WAMP reads them from there. */
function asOnTheWire(format: Format, bytes: Buffer): unknown {
  return format === 'json' ? `\0${bytes.toString('base64')}` : new Uint8Array(bytes)
}

function plainBytes(value: unknown): unknown {
  return value instanceof Uint8Array ? new Uint8Array(value) : value
}

/** What is on the wire of each serializer. */
export function describeWire(scene: () => Scene): void {
  describe('on the wire', () => {
    it('bytes are bytes where the serializer has them, and U+0000 with base64 in JSON, in both directions', async () => {
      const [caller, device] = [await scene().join(), await scene().joinOther()]
      await device.register('film.frame')
      await device.subscribe('house.door')
      // The example of the specification, no bytes, and bytes of which base64 is padded once and twice.
      for (const hex of ['10e3ff9053075c526f5fc06d4fe37cdb', '', 'ff', 'fffe', '000102']) {
        const bytes = Buffer.from(hex, 'hex')
        const [here, there] = [caller, device].map(({ format }) => asOnTheWire(format, bytes))
        caller.send([48, 1, {}, 'film.frame', [here], { k: here }])
        const [, invocation, , , args, kwargs] = await device.next()
        assert.deepEqual(plainBytes((args as unknown[])[0]), there)
        assert.deepEqual(plainBytes((kwargs as { k: unknown }).k), there)
        device.send([70, invocation, {}, [there, { in: [there] }]])
        const [, , , results] = await caller.next()
        const [first, second] = results as [unknown, { in: unknown[] }]
        assert.deepEqual(plainBytes(first), here)
        assert.deepEqual(plainBytes(second.in[0]), here)
        caller.send([16, 2, {}, 'house.door', [here]])
        assert.deepEqual(plainBytes(((await device.next())[4] as unknown[])[0]), there)
      }
    })

    it('ids are true integers in every serializer, up to 2^53: neither floats nor strings', async () => {
      const caller = await scene().join()
      caller.rawIds = true
      // ERROR begins with [8, 48, and the id is next.
      const start = { json: 6, msgpack: 3, cbor: 4 }[caller.format]
      for (const id of [1, 23, 24, 255, 256, 65_536, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1, 2 ** 53]) {
        caller.send([48, id, {}, 'nobody.here'])
        const written = (await caller.nextBytes()).subarray(start)
        const expected = integer(caller.format, id)
        assert.deepEqual(written.subarray(0, expected.length), expected, `${id}`)
        // No longer number, and no fraction.
        if (caller.format === 'json') assert.equal(written[expected.length], 0x2c)
      }
    })

    it('options that nobody knows are ignored in every message, those that begin with _ too', async () => {
      const [client, device] = [
        await scene().join('realm1', { _abc: 1, x_custom: [], unknown: null }),
        await scene().joinOther(),
      ]
      const options = { x: 1, _custom_key: [1, { a: null }], unknown: { b: [] }, mode_: 'x' }
      assert.equal((await device.ask([64, 1, options, 'lamp.switch']))[0], 65)
      assert.equal((await device.ask([32, 2, options, 'house.door']))[0], 33)
      client.send([48, 1, options, 'lamp.switch', [1]])
      const invocation = await device.next()
      assert.deepEqual(invocation.slice(3), [{}, [1]])
      device.send([70, invocation[1], options, ['on']])
      assert.deepEqual(await client.next(), [50, 1, {}, ['on']])
      client.send([16, 2, { ...options, acknowledge: true }, 'house.door', [2]])
      assert.equal((await client.next())[0], 17)
      assert.deepEqual((await device.next()).slice(3), [{}, [2]])
      client.send([48, 3, options, 'lamp.switch'])
      const again = await device.next()
      client.send([49, 3, { ...options, mode: 'skip' }])
      assert.deepEqual((await client.next()).slice(0, 3), [8, 48, 3])
      device.send([8, 68, again[1], options, 'some.error'])
      client.send([6, options, 'wamp.close.normal'])
      assert.deepEqual(await client.next(), [6, {}, 'wamp.close.goodbye_and_out'])
      assert.deepEqual(await device.settle(), [])
    })

    it('what cannot be decoded, an empty list and an unknown type code are answered with ABORT', async () => {
      const { format } = scene().way
      const undecodable: Readonly<Record<Format, readonly string[]>> = {
        json: ['', '[', '[48,1,{}', '[48 1]', 'hello', '\u0000', '[48,1,{},"a",[1]]]'],
        msgpack: [
          '',
          '\x94',
          '\x94\x30\x01',
          '\xc1',
          'hello',
          '\xdd\xff\xff\xff\xff',
          '\x92\x43\x01\x01',
        ],
        cbor: [
          '',
          '\x84',
          '\x84\x18\x30\x01',
          '\xff',
          'hello',
          '\x9b\xff\xff\xff\xff\xff\xff\xff\xff',
          '\x82\x18\x43\x01\x01',
        ],
      }
      for (const text of undecodable[format]) {
        const offender = await scene().join()
        offender.sendBytes(Buffer.from(text, 'latin1'))
        await assertViolation(offender)
      }
      for (const message of [[], [0, 1], [7, 1, {}], [9999, 1, {}, 'a.b']]) {
        const offender = await scene().join()
        offender.send(message)
        await assertViolation(offender)
      }
    })

    it('ABORT is really sent, after all that was due before it, and only then the transport is dropped', async () => {
      const { open } = scene()
      const offenders: readonly ((client: WampClient) => void)[] = [
        (client) => client.send([]),
        (client) => client.send([1, 'realm1', { roles: allRoles }]),
        (client) => client.send([70, 4711, {}]),
        (client) => client.send([48, 'x', {}, 'a.b']),
      ]
      for (const offend of offenders) {
        const offender = await scene().join()
        for (let i = 1; i <= 20; i++) offender.send([32, i, {}, `house.door${i}`])
        offend(offender)
        const answers: Wire[] = []
        for (let i = 1; i <= 20; i++) answers.push(await offender.next())
        assert.deepEqual(
          answers.map(([type, request]) => [type, request]),
          answers.map((_, i) => [33, i + 1]),
        )
        assert.ok((await assertViolation(offender)).length > 0)
        assert.equal(open.realm1.sessions.size, 0)
        assert.equal(open.realm1.broker.size, 0)
      }
    })
  })
}

/** An id as this serializer writes integers, by itself. */
function integer(format: Format, id: number): Buffer {
  if (format === 'json') return Buffer.from(String(id))
  const bytes = Buffer.alloc(9)
  bytes.writeBigUInt64BE(BigInt(id), 1)
  const isSmall = id < (format === 'msgpack' ? 128 : 24)
  if (isSmall) return Buffer.of(id)
  const width = [1, 2, 4, 8].find((size) => id < 256 ** size) ?? 8
  const first = { msgpack: 0xcc, cbor: 0x18 }[format] + Math.log2(width)
  return Buffer.concat([Buffer.of(first), bytes.subarray(9 - width)])
}
