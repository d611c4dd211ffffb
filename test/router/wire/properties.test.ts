import assert from 'node:assert/strict'
import { decode, encode } from '@msgpack/msgpack'
import { decode as decodeCbor, encode as encodeCbor } from 'cborg'
import fc from 'fast-check'
import { cbor } from '../../../router/wire/cbor.ts'
import { WampError } from '../../../router/wire/errors.ts'
import { json } from '../../../router/wire/json.ts'
import { CALL, emptyDict, HELLO, type Message } from '../../../router/wire/message.ts'
import { msgpack } from '../../../router/wire/msgpack.ts'
import { Payload } from '../../../router/wire/payload.ts'
import type { Serializer } from '../../../router/wire/serializer.ts'
import { anyValue, likelyMessage, mutate, mutations } from './arbitraries.ts'
import { isMessage, readCbor, readJson, readMsgpack } from './oracle.ts'
import { plain } from './plain.ts'
import { writeInAnyForm } from './cbor-forms.ts'
import { randomFrom } from '../../support/random.ts'

const call = { type: CALL, request: 1, options: emptyDict, procedure: 'a' } as const

/** A frame read by us; `undefined` when it was refused, which only a protocol violation may be the reason for. */
function read(serializer: Serializer, frame: Buffer): Message | undefined {
  try {
    const message = serializer.decode(frame)
    // What was accepted is proven: its payload can be decoded and written for any peer.
    if ('payload' in message) {
      message.payload.values()
      json.decode(json.encode(message))
      msgpack.decode(msgpack.encode(message))
      cbor.decode(cbor.encode(message))
    }
    return message
  } catch (error) {
    assert.ok(error instanceof WampError, String(error))
    assert.equal(error.uri, 'wamp.error.protocol_violation')
    return undefined
  }
}

/** What a message is, with its payload, or why it is none. */
function said(decoding: () => Message): unknown {
  try {
    return plain(decoding())
  } catch (error) {
    return (error as Error).message
  }
}

/** A payload on its way over both serializers. */
function pass(from: Serializer, to: Serializer, args: unknown[]): unknown {
  const first = from.decode(from.encode({ ...call, payload: Payload.of(args) }))
  const second = to.decode(to.encode(first))
  return plain(second)['payload']
}

describe('for any value', () => {
  it('what is written is read back as the same', () => {
    fc.assert(
      fc.property(fc.array(anyValue), (args) => {
        for (const serializer of [json, msgpack, cbor]) {
          assert.deepEqual(pass(serializer, serializer, args), { args })
        }
      }),
    )
  })

  it('it arrives as the same at a peer with another serializer', () => {
    fc.assert(
      fc.property(fc.array(anyValue), (args) => {
        for (const [one, other] of [
          [json, msgpack],
          [json, cbor],
          [msgpack, cbor],
        ] as const) {
          assert.deepEqual(pass(one, other, args), { args })
          assert.deepEqual(pass(other, one, args), { args })
        }
      }),
    )
  })

  it('JSON.parse reads what we write, and we read what JSON.stringify writes', () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue()), (args) => {
        const tail = json.encodeTail({ args })
        assert.deepEqual(JSON.parse(tail.toString()), args)
        const frame = Buffer.from(JSON.stringify([48, 1, {}, 'a', args], null, args.length % 3))
        // Read by us, an integer beyond 2^53 has all its digits.
        const text = JSON.stringify(plain(json.decode(frame))['payload'], (_, value: unknown) =>
          typeof value === 'bigint' ? Number(value) : value,
        )
        assert.equal(text, JSON.stringify({ args }))
      }),
    )
  })

  it('@msgpack/msgpack reads what we write, and we read what it writes', () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue()), (args) => {
        fc.pre(!JSON.stringify(args).includes('__proto__'))
        assert.deepEqual(decode(msgpack.encodeTail({ args })), args)
        const frame = Buffer.from(encode([48, 1, {}, 'a', args]))
        assert.deepEqual(plain(msgpack.decode(frame))['payload'], { args: decode(encode(args)) })
      }),
    )
  })

  it('cborg reads what we write, and we read what it writes', () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue()), fc.boolean(), (args, float64) => {
        assert.deepEqual(decodeCbor(cbor.encodeTail({ args })), args)
        const frame = Buffer.from(encodeCbor([48, 1, {}, 'a', args], { float64 }))
        const ours = plain(cbor.decode(frame))['payload']
        assert.deepEqual(ours, { args: decodeCbor(encodeCbor(args)) })
      }),
    )
  })

  it('CBOR reads the same in whatever form it is written, with lengths or without', () => {
    fc.assert(
      fc.property(fc.array(anyValue), fc.nat(), (args, seed) => {
        const written = writeInAnyForm([48, 1, { timeout: 5 }, 'a.b', args, {}], randomFrom(seed))
        const message = cbor.decode(written)
        assert.deepEqual(plain(message), {
          ...call,
          options: { timeout: 5 },
          procedure: 'a.b',
          payload: { args, kwargs: {} },
        })
        // Its payload passes as it came, and is read like that by the next.
        assert.deepEqual(plain(cbor.decode(cbor.encode(message))), plain(message))
      }),
    )
  })
})

describe('for any frame', () => {
  it('random bytes are refused as a protocol violation, or are a message', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const frame = Buffer.from(bytes)
        assert.equal(read(json, frame) !== undefined, accepts(readJson(frame)))
        assert.equal(read(msgpack, frame) !== undefined, accepts(readMsgpack(frame)))
        const oracle = readCbor(frame)
        const mine = read(cbor, frame)
        if (oracle !== 'unknown') assert.equal(mine !== undefined, accepts(oracle))
      }),
      { numRuns: 300 },
    )
  })

  it('JSON is accepted exactly where JSON.parse accepts it and it is a message', () => {
    let accepted = 0
    fc.assert(
      fc.property(likelyMessage, mutations, fc.nat({ max: 2 }), (message, changes, indent) => {
        const frame = mutate(Buffer.from(JSON.stringify(message, null, indent)), changes)
        const oracle = readJson(frame)
        const mine = read(json, frame)
        // By rounding, JSON.parse makes an id of 2^53 + 1.
        fc.pre(!frame.includes('9007199254740993'))
        assert.equal(mine !== undefined, accepts(oracle), frame.toString())
        if (mine === undefined) return
        accepted++
        // A realm that was null reads as none.
        if (mine.type === HELLO && mine.realm === '') return
        const again: unknown = JSON.parse(json.encode(mine).toString())
        assert.equal(JSON.stringify(again), JSON.stringify(oracle?.value))
      }),
      { numRuns: 3000 },
    )
    assert.ok(accepted > 300, `only ${accepted} frames were accepted`)
  })

  it('MessagePack is accepted exactly where @msgpack/msgpack accepts it and it is a message', () => {
    let accepted = 0
    fc.assert(
      fc.property(likelyMessage, mutations, (message, changes) => {
        const frame = mutate(encode(message), changes)
        // The library refuses this key, which is one like any other.
        fc.pre(!frame.includes('__proto__'))
        const oracle = readMsgpack(frame)
        const mine = read(msgpack, frame)
        assert.equal(mine !== undefined, accepts(oracle), frame.toString('hex'))
        if (mine === undefined) return
        accepted++
        if (mine.type === HELLO && mine.realm === '') return
        const theirs = (oracle?.value ?? []) as unknown[]
        const again = decode(msgpack.encode(mine)) as unknown[]
        assert.deepEqual(
          again.filter((item) => typeof item !== 'object'),
          theirs.filter((item) => typeof item !== 'object'),
        )
      }),
      { numRuns: 3000 },
    )
    assert.ok(accepted > 300, `only ${accepted} frames were accepted`)
  })

  it('CBOR is accepted exactly where cborg accepts it and it is a message', () => {
    let accepted = 0
    fc.assert(
      fc.property(likelyMessage, mutations, (message, changes) => {
        const frame = mutate(encodeCbor(message), changes)
        const oracle = readCbor(frame)
        const mine = read(cbor, frame)
        if (oracle === 'unknown') return
        assert.equal(mine !== undefined, accepts(oracle), frame.toString('hex'))
        if (mine === undefined) return
        accepted++
        if (mine.type === HELLO && mine.realm === '') return
        const theirs = (oracle?.value ?? []) as unknown[]
        const again = (readCbor(cbor.encode(mine)) as { value: unknown[] }).value
        assert.deepEqual(
          again.filter((item) => typeof item !== 'object'),
          theirs.filter((item) => typeof item !== 'object'),
        )
      }),
      { numRuns: 5000 },
    )
    assert.ok(accepted > 300, `only ${accepted} frames were accepted`)
  })

  it('it means the same, or is refused in the same words, among the bytes of others', () => {
    fc.assert(
      fc.property(
        likelyMessage,
        mutations,
        fc.option(fc.nat({ max: 60 })),
        fc.uint8Array({ maxLength: 20 }),
        (message, changes, cut, around) => {
          for (const [serializer, bytes] of [
            [json, Buffer.from(JSON.stringify(message))],
            [msgpack, encode(message)],
            [cbor, encodeCbor(message)],
          ] as const) {
            const whole = mutate(bytes, changes)
            const frame = whole.subarray(0, cut ?? whole.length)
            // Behind a frame that is cut off are the very bytes that would complete it.
            const behind = whole.subarray(frame.length)
            const among = Buffer.concat([around, frame, behind, around])
            const alone = said(() => serializer.decode(Buffer.from(frame)))
            const stop = around.length + frame.length
            assert.deepEqual(
              said(() => serializer.decode(among, around.length, stop)),
              alone,
            )
          }
        },
      ),
      { numRuns: 3000 },
    )
  })

  it('its payload passes byte by byte between peers of one serializer', () => {
    fc.assert(
      fc.property(likelyMessage, mutations, fc.nat({ max: 2 }), (message, changes, indent) => {
        for (const [serializer, bytes] of [
          [json, Buffer.from(JSON.stringify(message, null, indent))],
          [msgpack, encode(message)],
          [cbor, encodeCbor(message)],
        ] as const) {
          const frame = mutate(bytes, changes)
          const received = read(serializer, frame)
          if (received === undefined || !('payload' in received)) continue
          const sent = serializer.encode({ ...call, payload: received.payload })
          const tail = received.payload.tailFor(serializer)
          assert.ok(frame.includes(tail))
          assert.ok(sent.includes(tail))
          const arrived = serializer.decode(sent)
          assert.ok('payload' in arrived)
          assert.deepEqual(arrived.payload.tailFor(serializer), tail)
        }
      }),
      { numRuns: 1000 },
    )
  })
})

function accepts(oracle: { readonly value: unknown } | undefined): boolean {
  return oracle !== undefined && isMessage(oracle.value)
}
