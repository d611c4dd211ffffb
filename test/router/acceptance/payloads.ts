import assert from 'node:assert/strict'
import { encode } from '@msgpack/msgpack'
import { encode as encodeCbor } from 'cborg'
import type { Format, Wire } from '../../support/wamp-client.ts'
import type { Scene } from './scene.ts'

const values: readonly unknown[] = [
  [],
  [[]],
  [[[1]]],
  [null],
  ['', 'ä', '家', '\u0001', '"\\/', '😀'],
  [0, -1, 1.5, 2 ** 53, -(2 ** 53), 1e-7],
  [true, false, { a: { b: [{}] } }],
]

/** Payloads that two sessions of one serializer must get byte for byte as they were sent: they are spelt oddly. */
const oddTails: Readonly<Record<Format, readonly Buffer[]>> = {
  json: [
    '[ 1.0 ,  1e2,-0.0, 1E+2 ]',
    '["\\u0041\\/\\ud83d\\ude00","é"] , { "a" : 1.10,"a":2 }',
    '[12345678901234567890, 0.1000000000000000055511151231257827]',
    '[\n\t{"__proto__":{"x":1},"constructor":[]}\r\n]',
    '["\\u0000aGVsbG8="],{}',
    '[],{"":[[]]}',
  ].map((text) => Buffer.from(text)),
  msgpack: [
    // 1 as uint8, uint16, uint64, float32 and float64; a list32, a str32, a map16, fixext, a timestamp, bin.
    [0x93, 0xcc, 0x01, 0xcd, 0x00, 0x01, 0xcf, 0, 0, 0, 0, 0, 0, 0, 1],
    [0x92, 0xca, 0x3f, 0x80, 0, 0, 0xcb, 0x3f, 0xf0, 0, 0, 0, 0, 0, 0],
    [0xdd, 0, 0, 0, 1, 0xdb, 0, 0, 0, 1, 0x61],
    [0x91, 0xde, 0, 1, 0xd9, 1, 0x61, 0xd4, 5, 9],
    [0x92, 0xd6, 0xff, 0, 0, 0, 1, 0xc4, 2, 0xff, 0xfe, 0x80],
    [0x91, 0xd4, 0, 0],
  ].map((bytes) => Buffer.from(bytes)),
  cbor: [
    // 1 in every width; half, single and double; no lengths; tags; a string in pieces; bytes, absence.
    '8518011900011a000000011b000000000000000101',
    '84f93c00fa3f800000fb3ff00000000000001b0020000000000001',
    '9f7f61616162ff5f4101ffff',
    '83d9d9f70ad8404101c11a00000001bf616101616102ff',
    '82f742fffea0',
    '9fff',
  ].map((hex) => Buffer.from(hex, 'hex')),
}

/** How many elements each of the tails above has. */
const oddCounts: Readonly<Record<Format, readonly number[]>> = {
  json: [1, 2, 1, 1, 2, 2],
  msgpack: [1, 1, 1, 1, 2, 1],
  cbor: [1, 1, 1, 2, 2, 1],
}

function frame(format: Format, head: Wire, tail: Buffer, count: number): Buffer {
  if (format === 'json') {
    return Buffer.concat([
      Buffer.from(`${JSON.stringify(head).slice(0, -1)},`),
      tail,
      Buffer.from(']'),
    ])
  }
  const write = format === 'msgpack' ? encode : encodeCbor
  const list = format === 'msgpack' ? 0x90 : 0x80
  const parts = head.map((element) => Buffer.from(write(element)))
  return Buffer.concat([Buffer.of(list | (head.length + count)), ...parts, tail])
}

/** Arguments and ArgumentsKw on their way (rfc/text/basic/messages.md). */
export function describePayloads(scene: () => Scene): void {
  describe('a payload', () => {
    it('arrives unchanged: by CALL, by YIELD, by ERROR and by PUBLISH', async () => {
      const [caller, device] = [await scene().join(), await scene().joinOther()]
      await device.register('lamp.switch')
      await device.subscribe('house.door')
      for (const args of values) {
        for (const rest of [[args], [args, { k: args, '': 1, __x: null }], [[], {}]]) {
          caller.send([48, 1, {}, 'lamp.switch', ...rest])
          const [, invocation, , , ...asked] = await device.next()
          assert.deepEqual(asked, rest)
          device.send([70, invocation, {}, ...rest])
          assert.deepEqual((await caller.next()).slice(3), rest)
          caller.send([48, 2, {}, 'lamp.switch'])
          device.send([8, 68, (await device.next())[1], {}, 'some.error', ...rest])
          assert.deepEqual((await caller.next()).slice(5), rest)
          caller.send([16, 3, {}, 'house.door', ...rest])
          assert.deepEqual((await device.next()).slice(4), rest)
        }
      }
    })

    it('that is absent stays so: never null, never an empty list or dict instead', async () => {
      const [caller, device] = [await scene().join(), await scene().joinOther()]
      await device.register('lamp.switch')
      await device.subscribe('house.door')
      caller.send([48, 1, {}, 'lamp.switch'])
      const invocation = await device.next()
      assert.equal(invocation.length, 4)
      device.send([70, invocation[1], {}])
      assert.deepEqual(await caller.next(), [50, 1, {}])
      caller.send([16, 2, {}, 'house.door'])
      assert.equal((await device.next()).length, 4)
      caller.send([48, 3, {}, 'lamp.switch', ['only arguments']])
      assert.equal((await device.next()).length, 5)
    })

    it('between two sessions of one serializer arrives byte for byte', async () => {
      const [caller, device] = [await scene().join(), await scene().joinOther()]
      const { format } = caller
      if (device.format !== format) return
      await device.register('lamp.switch')
      await device.subscribe('house.door')
      for (const [i, tail] of oddTails[format].entries()) {
        const count = oddCounts[format][i] ?? 1
        const endsWithTail = (bytes: Buffer): void => {
          const end = format === 'json' ? bytes.length - 1 : bytes.length
          assert.deepEqual(bytes.subarray(end - tail.length, end), tail)
        }
        caller.sendBytes(frame(format, [48, 3 * i + 1, {}, 'lamp.switch'], tail, count))
        endsWithTail(await device.nextBytes())
        device.sendBytes(frame(format, [70, 2 * i + 1, {}], tail, count))
        endsWithTail(await caller.nextBytes())
        caller.sendBytes(frame(format, [48, 3 * i + 2, {}, 'lamp.switch'], tail, count))
        endsWithTail(await device.nextBytes())
        device.sendBytes(frame(format, [8, 68, 2 * i + 2, {}, 'some.error'], tail, count))
        endsWithTail(await caller.nextBytes())
        caller.sendBytes(frame(format, [16, 3 * i + 3, {}, 'house.door'], tail, count))
        endsWithTail(await device.nextBytes())
      }
    })

    it('of 300 kB arrives whole', async () => {
      const [caller, device] = [await scene().join(), await scene().joinOther()]
      await device.register('film.frame')
      device.echo()
      const text = 'x'.repeat(300_000)
      assert.deepEqual(await caller.ask([48, 1, {}, 'film.frame', [text]]), [50, 1, {}, [text]])
    })
  })

  describe('an ill-formed payload', () => {
    const broken: Readonly<Record<Format, readonly Buffer[]>> = {
      json: [
        '[1,]',
        '[01]',
        '["\\x"]',
        '[tru]',
        '[1}',
        '{"a":1}',
        '["\t"]',
        '[1],{"a"}',
        '[',
        'é[',
      ].map((text) => Buffer.from(text)),
      msgpack: [
        [0x92, 1],
        [0xc1],
        [0x91, 0xa5, 0x61],
        [0x91, 0xa1, 0xff],
        [0xdd, 0xff, 0xff, 0xff, 0xff],
        [0x91, 0xc6, 0xff, 0xff, 0xff, 0xff],
      ].map((bytes) => Buffer.from(bytes)),
      cbor: [
        '8201',
        '811c',
        '816561',
        '8161ff',
        '9bffffffffffffffff',
        '815affffffff',
        '9f01',
        '81ff',
      ].map((hex) => Buffer.from(hex, 'hex')),
    }

    it('is never forwarded: who sent it is aborted, who would have got it sees nothing', async () => {
      const device = await scene().joinOther()
      await device.register('lamp.switch')
      await device.subscribe('house.door')
      const { format } = scene().way
      for (const tail of broken[format]) {
        for (const head of [
          [48, 1, {}, 'lamp.switch'],
          [16, 1, {}, 'house.door'],
        ]) {
          const offender = await scene().join()
          offender.sendBytes(frame(format, head, tail, 1))
          assert.deepEqual((await offender.next())[2], 'wamp.error.protocol_violation')
          await offender.closed
        }
      }
      assert.deepEqual(await device.settle(), [])
    })
  })
}
