import assert from 'node:assert/strict'
import { cbor } from '../../../router/wire/cbor.ts'
import { WampError } from '../../../router/wire/errors.ts'
import { Extension } from '../../../router/wire/extension.ts'
import { json } from '../../../router/wire/json.ts'
import { CALL, emptyDict, type Call } from '../../../router/wire/message.ts'
import { msgpack } from '../../../router/wire/msgpack.ts'
import { Payload, type PayloadValues } from '../../../router/wire/payload.ts'
import type { Serializer } from '../../../router/wire/serializer.ts'

/** What a peer with MessagePack sends as the one argument of a CALL arrives at a peer with JSON as this text. */
function toJson(hex: string): string {
  const message = msgpack.decode(Buffer.from(`95300180a16191${hex}`, 'hex'))
  assert.ok(message.type === CALL)
  return message.payload.tailFor(json).toString().slice(1, -1)
}

/** And the other way round. */
function toMsgpack(text: string): string {
  const message = json.decode(Buffer.from(`[48,1,{},"a",[${text}]]`))
  assert.ok(message.type === CALL)
  return message.payload.tailFor(msgpack).subarray(1).toString('hex')
}

/** From a peer with CBOR to one with another serializer, in hexadecimal where that is binary. */
function fromCbor(hex: string, to: Serializer): string {
  const message = cbor.decode(Buffer.from(`85183001a0616181${hex}`, 'hex'))
  assert.ok(message.type === CALL)
  const tail = message.payload.tailFor(to)
  return to === json ? tail.toString().slice(1, -1) : tail.subarray(1).toString('hex')
}

/** And the other way round, one value that was read. */
function toCbor(value: unknown): string {
  return cbor
    .encodeTail({ args: [value] })
    .subarray(1)
    .toString('hex')
}

function valueOf(text: string): unknown {
  return json.decodeTail(Buffer.from(`[${text}]`), 1).args?.[0]
}

describe('bytes', () => {
  // The example of rfc/text/advanced/serialization_binary_json.md.
  const hex = '10e3ff9053075c526f5fc06d4fe37cdb'
  const text = '"\\u0000EOP/kFMHXFJvX8BtT+N82w=="'

  it('become a JSON string of U+0000 and their base64', () => {
    assert.equal(toJson(`c410${hex}`), text)
    assert.equal(toJson('c400'), '"\\u0000"')
    assert.equal(
      toJson(`82a16192c40101c0a162c40102`),
      '{"a":["\\u0000AQ==",null],"b":"\\u0000Ag=="}',
    )
  })

  it('come out of such a string again', () => {
    assert.equal(toMsgpack(text), `c410${hex}`)
    assert.equal(toMsgpack('"\\u0000"'), 'c400')
    assert.equal(toMsgpack('{"a":["\\u0000AQ==","x"]}'), '81a16192c40101a178')
    assert.deepEqual(valueOf(text), Buffer.from(hex, 'hex'))
  })

  it('do not come out of a string that no bytes would have become', () => {
    for (const rest of ['hello', 'AQ=', 'AQ', 'AR==', 'AQ== ', ' AQ==', 'A-_=', '====']) {
      const string = JSON.stringify(`\0${rest}`)
      assert.equal(valueOf(string), `\0${rest}`)
      const tail = json.encodeTail(json.decodeTail(Buffer.from(`[${string}]`), 1))
      assert.equal(tail.toString(), `[${string}]`)
    }
    assert.equal(valueOf('"a\\u0000AQ=="'), 'a\0AQ==')
    assert.equal(valueOf('"\\\\u0000AQ=="'), '\\u0000AQ==')
    assert.deepEqual(valueOf('{"\\u0000AQ==":1}'), { '\0AQ==': 1 })
  })

  it('in JSON come out also beside a __proto__ key', () => {
    const value = valueOf('{"__proto__":"\\u0000AQ==","a":{"__proto__":["\\u0000AQ=="]}}') as object
    assert.deepEqual(Object.keys(value), ['__proto__', 'a'])
    assert.deepEqual(Object.getOwnPropertyDescriptor(value, '__proto__')?.value, Buffer.from([1]))
    assert.equal(Object.getPrototypeOf(value), Object.prototype)
  })

  it('of every kind of view are written', () => {
    const memory = Uint8Array.from([0, 1, 2, 3]).buffer
    for (const view of [
      new Uint8Array(memory, 1, 2),
      new DataView(memory, 1, 2),
      Buffer.from(memory, 1, 2),
    ]) {
      assert.equal(json.encodeTail({ args: [view] }).toString(), '["\\u0000AQI="]')
      assert.equal(msgpack.encodeTail({ args: [view] }).toString('hex'), '91c4020102')
    }
  })
})

describe('bytes of a peer with CBOR', () => {
  const hex = '10e3ff9053075c526f5fc06d4fe37cdb'
  const text = '"\\u0000EOP/kFMHXFJvX8BtT+N82w=="'

  it('are bytes for one with MessagePack, and U+0000 with base64 for one with JSON, and come back', () => {
    assert.equal(fromCbor(`50${hex}`, msgpack), `c410${hex}`)
    assert.equal(fromCbor(`50${hex}`, json), text)
    assert.equal(toCbor(valueOf(text)), `50${hex}`)
    assert.equal(
      toCbor(msgpack.decodeTail(Buffer.from(`91c410${hex}`, 'hex'), 1).args?.[0]),
      `50${hex}`,
    )
    assert.equal(fromCbor('40', json), '"\\u0000"')
  })

  it('are the same in pieces, and as a typed array', () => {
    assert.equal(fromCbor('5f41014103ff', json), '"\\u0000AQM="')
    assert.equal(fromCbor('d840420103', json), '"\\u0000AQM="')
    assert.equal(fromCbor('d840420103', msgpack), 'c4020103')
  })
})

describe('what CBOR has and the others have not', () => {
  it('integers beyond 2^53 keep every digit, as far as the other serializer goes', () => {
    assert.equal(fromCbor('1bffffffffffffffff', json), '18446744073709551615')
    assert.equal(fromCbor('1bffffffffffffffff', msgpack), 'cfffffffffffffffff')
    assert.equal(fromCbor('3bffffffffffffffff', json), '-18446744073709551616')
    assert.equal(fromCbor('3b7fffffffffffffff', msgpack), 'd38000000000000000')
    assert.equal(fromCbor('3bffffffffffffffff', msgpack), 'cbc3f0000000000000')
    assert.equal(toCbor(valueOf('18446744073709551615')), '1bffffffffffffffff')
    assert.equal(toCbor(valueOf('-9223372036854775808')), '3b7fffffffffffffff')
  })

  it('bignums are integers: their digits in JSON, a double in MessagePack', () => {
    assert.equal(fromCbor('c249010000000000000000', json), '18446744073709551616')
    assert.equal(fromCbor('c349010000000000000000', json), '-18446744073709551617')
    assert.equal(fromCbor('c249010000000000000000', msgpack), 'cb43f0000000000000')
    assert.equal(fromCbor('c240', json), '0')
    assert.equal(fromCbor('c3420100', json), '-257')
    assert.equal(toCbor(2n ** 64n), 'c249010000000000000000')
    assert.equal(toCbor(-(2n ** 64n) - 1n), 'c349010000000000000000')
    assert.equal(toCbor(2n ** 68n), 'c249100000000000000000')
    assert.equal(toCbor(-5n), '3b0000000000000004')
  })

  it('the longest bignum that there may be is a number that JSON may have', () => {
    const frame = Buffer.from(`85183001a0616181c25901a8${'ff'.repeat(424)}`, 'hex')
    const message = cbor.decode(frame)
    assert.ok(message.type === CALL)
    json.decode(json.encode(message))
    assert.throws(
      () => cbor.decode(Buffer.from(`85183001a0616181c25901a9${'ff'.repeat(425)}`, 'hex')),
      /a bignum \(tag 2\) is a byte string of at most 424 bytes/,
    )
  })

  it('times are timestamps in MessagePack and ISO strings in JSON', () => {
    assert.equal(fromCbor('c100', json), '"1970-01-01T00:00:00.000Z"')
    assert.equal(fromCbor('c100', msgpack), 'd6ff00000000')
    assert.equal(fromCbor('c1fb3ff8000000000000', json), '"1970-01-01T00:00:01.500Z"')
    assert.equal(fromCbor('c120', json), '"1969-12-31T23:59:59.000Z"')
    assert.equal(
      fromCbor('c07819323031332d30332d32315432303a30343a30302b30323a3030', json),
      '"2013-03-21T18:04:00.000Z"',
    )
    assert.equal(toCbor(new Date(1500)), 'c1fb3ff8000000000000')
    assert.equal(toCbor(new Date(-1000)), 'c120')
    assert.equal(toCbor(new Date(NaN)), 'f6')
    // Beyond what Python's calendar holds, and that of others: as JSON has it.
    assert.equal(
      toCbor(new Date(8.64e15)),
      `781b${Buffer.from('+275760-09-13T00:00:00.000Z').toString('hex')}`,
    )
  })

  it('what is marked as absent is null in a list and left out of a dict', () => {
    assert.equal(fromCbor('82f701', json), '[null,1]')
    assert.equal(fromCbor('a26161f7616201', json), '{"b":1}')
    assert.equal(fromCbor('a26161f7616201', msgpack), '81a16201')
  })

  it('a tag that is not known is left out, and the value stays', () => {
    assert.equal(fromCbor('d8256161', json), '"a"')
    assert.equal(fromCbor('d9d9f7d8ff820102', json), '[1,2]')
    assert.equal(fromCbor('dbffffffffffffffffa0', msgpack), '80')
  })

  it('floats of 16 bits are read to the last bit', () => {
    const halves: readonly [string, number][] = [
      ['0000', 0],
      ['8000', -0],
      ['3c00', 1],
      ['3e00', 1.5],
      ['7bff', 65504],
      ['0001', 5.960464477539063e-8],
      ['0400', 0.00006103515625],
      ['c400', -4],
      ['7c00', Infinity],
      ['fc00', -Infinity],
      ['7e00', NaN],
    ]
    for (const [half, value] of halves) {
      const [read] = cbor.decodeTail(Buffer.from(`81f9${half}`, 'hex'), 1).args ?? []
      assert.ok(Object.is(read, value), half)
    }
  })

  it('extensions of MessagePack are their bytes in CBOR', () => {
    assert.equal(toCbor(new Extension(5, Buffer.from([1, 2]))), '420102')
  })

  it('__proto__ is a key like any other', () => {
    const message = cbor.decode(
      Buffer.from('86183001a0616180a1695f5f70726f746f5f5fa16161f5', 'hex'),
    )
    assert.ok(message.type === CALL)
    const { kwargs } = message.payload.values()
    assert.deepEqual(Object.keys(kwargs ?? {}), ['__proto__'])
    assert.equal(kwargs?.['a'], undefined)
    assert.equal(json.encode(message).toString(), '[48,1,{},"a",[],{"__proto__":{"a":true}}]')
  })
})

describe('what one serializer has and the other has not', () => {
  it('integers beyond 2^53 keep every digit on the way to JSON', () => {
    assert.equal(toJson('cfffffffffffffffff'), '18446744073709551615')
    assert.equal(toJson('d38000000000000000'), '-9223372036854775808')
    assert.equal(toJson('cf0020000000000001'), '9007199254740993')
  })

  it('integers beyond 2^53 keep every digit on the way from JSON, as far as 64 bits go', () => {
    assert.equal(toMsgpack('18446744073709551615'), 'cfffffffffffffffff')
    assert.equal(toMsgpack('-9223372036854775808'), 'd38000000000000000')
    assert.equal(
      toMsgpack('[{"a":9007199254740993},-9007199254740993]'),
      '9281a161cf0020000000000001d3ffdfffffffffffff',
    )
    assert.equal(toMsgpack('18446744073709551616'), 'cb43f0000000000000')
    assert.equal(toMsgpack('-9223372036854775809'), 'cbc3e0000000000000')
    assert.equal(toMsgpack('"9007199254740993"'), 'b039303037313939323534373430393933')
    assert.equal(
      toMsgpack('[12345678901234567.5,1e20,9007199254740993]').slice(2, 20),
      'cb4345ee2a2eb5a5c4',
    )
  })

  it('NaN and Infinity become null', () => {
    assert.equal(
      toJson('93cb7ff8000000000000cb7ff0000000000000ca ff800000'.replace(' ', '')),
      '[null,null,null]',
    )
  })

  it('numbers too large for a double are not refused', () => {
    assert.equal(toMsgpack('1e999'), 'cb7ff0000000000000')
    assert.equal(toMsgpack('9'.repeat(400)), 'cb7ff0000000000000')
  })

  it('minus zero stays what it is', () => {
    assert.equal(toJson('cb8000000000000000'), '-0')
    assert.equal(toMsgpack('-0'), 'cb8000000000000000')
    assert.equal(toMsgpack('-0.0'), 'cb8000000000000000')
  })

  it('a timestamp becomes an ISO string', () => {
    assert.equal(toJson('d6ff00000000'), '"1970-01-01T00:00:00.000Z"')
    assert.equal(toJson('d7ff773594006774e500'), '"2025-01-01T06:47:28.500Z"')
    assert.equal(toJson('c70cff3b8b87c0ffffffffffffffff'), '"1969-12-31T23:59:59.999Z"')
  })

  it('a timestamp that no calendar of ours holds, and any other extension, becomes its bytes', () => {
    assert.equal(toJson('c70cff000000007fffffffffffffff'), '"\\u0000AAAAAH//////////"')
    assert.equal(toJson('d40501'), '"\\u0000AQ=="')
    assert.equal(toJson('c70005'), '"\\u0000"')
    assert.equal(toJson('d40001'), '"\\u0000AQ=="')
  })

  it('what is marked as absent is null in a list and left out of a dict', () => {
    assert.equal(toJson('92d4000001'), '[null,1]')
    assert.equal(toJson('82a161d40000a16201'), '{"b":1}')
  })

  it('half a surrogate pair, which JSON can spell, becomes U+FFFD, so that strings are always UTF-8', () => {
    assert.equal(toMsgpack('"\\ud800"'), 'a3efbfbd')
    assert.equal(toMsgpack('{"\\udc00x":1}'), '81a4efbfbd7801')
    assert.equal(toMsgpack(`"${'\\ud800'.repeat(100)}"`), `da012c${'efbfbd'.repeat(100)}`)
  })

  it('__proto__ is a key like any other, and pollutes nothing', () => {
    const text =
      '{"__proto__":{"admin":true},"a":{"__proto__":1,"constructor":{"prototype":{"x":1}}}}'
    assert.equal(toJson(toMsgpack(text)), text)
    const kwargs = '[48,1,{},"a",[],{"__proto__":{"admin":true},"toString":1}]'
    const message = json.decode(Buffer.from(kwargs)) as Call
    const crossed = msgpack.decode(msgpack.encode(message)) as Call
    for (const { payload } of [message, crossed]) {
      const values = payload.values()
      assert.deepEqual(Object.keys(values.kwargs ?? {}), ['__proto__', 'toString'])
      assert.equal(values.kwargs?.['admin'], undefined)
    }
    assert.equal(json.encode(crossed).toString(), kwargs)
    assert.equal(({} as Record<string, unknown>)['admin'], undefined)
  })
})

describe('a payload of our own', () => {
  const serializers: readonly [Serializer, (values: PayloadValues) => unknown][] = [
    json,
    msgpack,
    cbor,
  ].map((serializer) => [
    serializer,
    (values) =>
      serializer.decodeTail(serializer.encodeTail(values), values.kwargs === undefined ? 1 : 2),
  ])

  it('has what has no place on the wire left out', () => {
    const args = [
      undefined,
      () => 1,
      Symbol('x'),
      { a: undefined, b: () => 1, c: Symbol('x'), d: 1 },
    ]
    for (const [, pass] of serializers) {
      assert.deepEqual(pass({ args }), { args: [null, null, null, { d: 1 }] })
    }
  })

  it('has holes of lists filled with null', () => {
    const args = [1, , 2] // oxlint-disable-line no-sparse-arrays
    for (const [, pass] of serializers) assert.deepEqual(pass({ args }), { args: [1, null, 2] })
  })

  it('has dates and big integers', () => {
    const args = [new Date(1_700_000_000_123), new Date(-1), new Date(NaN), 5n, -5n, 2n ** 60n]
    assert.equal(
      json.encodeTail({ args }).toString(),
      '["2023-11-14T22:13:20.123Z","1969-12-31T23:59:59.999Z",null,5,-5,1152921504606846976]',
    )
    for (const serializer of [msgpack, cbor]) {
      const [first, second, ...others] =
        serializer.decodeTail(serializer.encodeTail({ args }), 1).args ?? []
      assert.deepEqual([first, second], args.slice(0, 2))
      assert.deepEqual(others, [null, 5, -5, 2n ** 60n])
    }
  })

  it('keeps extensions among peers with MessagePack', () => {
    for (const size of [0, 1, 2, 3, 4, 8, 16, 17, 300, 70_000]) {
      for (const type of [-128, -2, 1, 127]) {
        const args = [new Extension(type, Buffer.alloc(size, 7))]
        assert.deepEqual(msgpack.decodeTail(msgpack.encodeTail({ args }), 1), { args })
      }
    }
  })

  it('has timestamps of every width', () => {
    for (const ms of [
      0,
      999,
      1000,
      2 ** 32 * 1000,
      2 ** 34 * 1000 - 1,
      2 ** 34 * 1000,
      -1,
      8.64e15,
      -8.64e15,
    ]) {
      const args = [new Date(ms)]
      assert.deepEqual(msgpack.decodeTail(msgpack.encodeTail({ args }), 1), { args })
    }
  })

  it('of ArgumentsKw alone goes out with an empty list before it', () => {
    assert.equal(json.encodeTail({ kwargs: { a: 1 } }).toString(), '[],{"a":1}')
    assert.equal(msgpack.encodeTail({ kwargs: { a: 1 } }).toString('hex'), '9081a16101')
    assert.equal(cbor.encodeTail({ kwargs: { a: 1 } }).toString('hex'), '80a1616101')
  })

  it('of nothing is nothing', () => {
    for (const serializer of [json, msgpack, cbor]) {
      assert.equal(serializer.encodeTail({}).length, 0)
      assert.deepEqual(serializer.decodeTail(Buffer.alloc(0), 0), {})
      const frame = serializer.encode({
        type: CALL,
        request: 1,
        options: emptyDict,
        procedure: 'a',
        payload: Payload.of(),
      })
      const message = serializer.decode(frame) as Call
      assert.equal(message.payload, Payload.empty)
    }
  })

  it('that goes round in circles is refused, not followed', () => {
    const circle: unknown[] = []
    circle.push({ circle })
    for (const [, pass] of serializers) {
      assert.throws(
        () => pass({ args: circle }),
        (error) => error instanceof WampError && error.uri === 'wamp.error.invalid_argument',
      )
    }
  })

  it('may be as deep as a message may be', () => {
    for (const [deepest, kind] of [
      ['['.repeat(63) + ']'.repeat(63), 'lists'],
      [`[${'{"a":'.repeat(61)}{}${'}'.repeat(61)}]`, 'dicts'],
    ]) {
      for (const serializer of [json, msgpack, cbor]) {
        const args = JSON.parse(deepest ?? '') as unknown[]
        const call = { type: CALL, request: 1, options: emptyDict, procedure: 'a' } as const
        const frame = serializer.encode({ ...call, payload: Payload.of(args) })
        const message = serializer.decode(frame) as Call
        assert.deepEqual(message.payload.values(), { args }, kind)
        assert.throws(
          () => serializer.encode({ ...call, payload: Payload.of([args]) }),
          /deeper than 64/,
        )
      }
    }
  })
})
