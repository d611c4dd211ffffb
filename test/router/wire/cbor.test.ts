import assert from 'node:assert/strict'
import { cbor } from '../../../router/wire/cbor.ts'
import { CALL, emptyDict, INTERRUPT, INVOCATION } from '../../../router/wire/message.ts'
import { refuses as refusesFrame } from './refusal.ts'

function refuses(frame: Buffer | string, message?: RegExp): void {
  refusesFrame(cbor, typeof frame === 'string' ? Buffer.from(frame, 'hex') : frame, message)
}

/** A CALL whose Arguments are a list of this one value. */
function call(value: string | Buffer): Buffer {
  const bytes = typeof value === 'string' ? Buffer.from(value, 'hex') : value
  return Buffer.concat([Buffer.from('85183001a0616181', 'hex'), bytes])
}

function firstArgument(frame: Buffer): unknown {
  const message = cbor.decode(frame)
  assert.ok(message.type === CALL)
  return message.payload.values().args?.[0]
}

/** Each form of each type, by its bytes. */
const values: readonly [string, unknown][] = [
  ['f4', false],
  ['f5', true],
  ['f6', null],
  ['f7', undefined],
  ['00', 0],
  ['17', 23],
  ['1818', 24],
  ['18ff', 255],
  ['1900ff', 255],
  ['19ffff', 65535],
  ['1affffffff', 4294967295],
  ['1b0000000000000001', 1],
  ['1b0020000000000000', 2 ** 53],
  ['1b0020000000000001', 2n ** 53n + 1n],
  ['1bffffffffffffffff', 2n ** 64n - 1n],
  ['20', -1],
  ['37', -24],
  ['3818', -25],
  ['39ffff', -65536],
  ['3affffffff', -4294967296],
  ['3b001fffffffffffff', -(2 ** 53)],
  ['3b7fffffffffffffff', -(2n ** 63n)],
  ['3bffffffffffffffff', -(2n ** 64n)],
  ['f93e00', 1.5],
  ['fa3fc00000', 1.5],
  ['fb3ff8000000000000', 1.5],
  ['fb8000000000000000', -0],
  ['f97e00', NaN],
  ['f97c00', Infinity],
  ['60', ''],
  ['626869', 'hi'],
  ['780161', 'a'],
  ['79000161', 'a'],
  ['7a0000000161', 'a'],
  ['7b000000000000000161', 'a'],
  ['64f09f92a1', '💡'],
  ['7f61616162ff', 'ab'],
  ['7fff', ''],
  ['40', Buffer.alloc(0)],
  ['4101', Buffer.from([1])],
  ['580101', Buffer.from([1])],
  ['5900010a', Buffer.from([10])],
  ['5a000000010a', Buffer.from([10])],
  ['5b00000000000000010a', Buffer.from([10])],
  ['5f4101420203ff', Buffer.from([1, 2, 3])],
  ['5fff', Buffer.alloc(0)],
  ['80', []],
  ['8201f6', [1, null]],
  ['980101', [1]],
  ['99000101', [1]],
  ['9a0000000101', [1]],
  ['9b000000000000000101', [1]],
  ['9fff', []],
  ['9f0102ff', [1, 2]],
  ['a0', {}],
  ['a1616101', { a: 1 }],
  ['b801616101', { a: 1 }],
  ['bb0000000000000001616101', { a: 1 }],
  ['bfff', {}],
  ['bf616101616280ff', { a: 1, b: [] }],
  ['bf7f6161ff01ff', { a: 1 }],
  ['c249010000000000000000', 2n ** 64n],
  ['c349010000000000000000', -(2n ** 64n) - 1n],
  ['c11a514b67b0', new Date(1363896240000)],
  ['c074323031332d30332d32315432303a30343a30305a', new Date(1363896240000)],
  ['d8404201ff', Buffer.from([1, 255])],
  ['d9d9f701', 1],
]

describe('a CBOR frame', () => {
  it('holds each value in each of its forms', () => {
    for (const [hex, value] of values) assert.deepEqual(firstArgument(call(hex)), value, hex)
  })

  it('ends where its CBOR ends', () => {
    for (const [hex] of values) {
      const whole = call(hex)
      for (let end = 0; end < whole.length; end++) refuses(whole.subarray(0, end))
      refuses(Buffer.concat([whole, Buffer.from([0xf6])]), /ends at byte \d+, but its frame has/)
    }
  })

  it('holds nothing but one list', () => {
    for (const hex of ['', 'a0', 'b80000', '30', 'f6', '6161', 'ff', '41', 'd9d9f782184301']) {
      refuses(hex, /must be a CBOR list/)
    }
    refuses('80', /empty list/)
    refuses('9fff', /empty list/)
    refuses('98', /not whole/)
    refuses('9a000000', /not whole/)
  })

  it('may be a list of any width, and of none', () => {
    for (const hex of [
      '82184301',
      '9802184301',
      '9900021a0000004301',
      '9a00000002184301',
      '9b00000000000000021b000000000000004301',
      '9f184301ff',
    ]) {
      assert.deepEqual(cbor.decode(Buffer.from(hex, 'hex')), { type: 67, request: 1 })
    }
  })

  it('may have its ids as floats of any width, as some encoders write them', () => {
    for (const hex of ['f93c00', 'fa3f800000', 'fb3ff0000000000000']) {
      const message = cbor.decode(Buffer.from(`821843${hex}`, 'hex'))
      assert.deepEqual(message, { type: 67, request: 1 })
    }
    const message = cbor.decode(Buffer.from('821843fb4340000000000000', 'hex'))
    assert.deepEqual(message, { type: 67, request: 2 ** 53 })
    for (const hex of [
      'fb3ff8000000000000',
      'f97e00',
      'f97c00',
      '1b0020000000000001',
      '20',
      '00',
    ]) {
      refuses(`821843${hex}`, /Request is .*, it must be an integer from 1 to/)
    }
  })

  it('has no reserved lengths, no stop code out of place, no simple values without a meaning', () => {
    for (const major of [0x00, 0x20, 0x40, 0x60, 0x80, 0xa0, 0xc0, 0xe0]) {
      for (const info of [28, 29, 30])
        refuses(call(Buffer.of(major | info)), /is not allowed at byte 8/)
    }
    // No integer and no tag is without a length.
    for (const hex of ['1f', '3f', 'df01', 'ff']) refuses(call(hex), /is not allowed at byte 8/)
    refuses('82ff01', /0xff is not allowed at byte 1/)
    refuses(call('82ff01'), /0xff is not allowed at byte 9/)
    refuses(call('a16161ff'), /0xff is not allowed at byte 11/)
    refuses(call('bf6161ff'), /0xff is not allowed at byte 11/)
    refuses(call('9fc1ff'))
    refuses(call('9fd9d9f7ff'), /0xff is not allowed/)
    refuses('9f184301ffff', /ends at byte 5, but its frame has 6/)
    for (let simple = 0; simple < 20; simple++) refuses(call(Buffer.of(0xe0 | simple)))
    for (const hex of ['f800', 'f814', 'f818', 'f820', 'f8ff'])
      refuses(call(hex), /0xf8 is not allowed/)
  })

  it('has pieces of strings that are strings of that kind, each whole by itself', () => {
    for (const hex of ['7f4161ff', '5f6161ff', '7f01ff', '7f7f6161ffff', '5f5fffff', '7f80ff']) {
      refuses(call(hex), /is not allowed at byte 9/)
    }
    // The two halves of one character are none.
    refuses(call('7f61c361a4ff'), /not UTF-8/)
    refuses(call('7f6161'), /not whole/)
    refuses(call('5f42'), /not whole/)
  })

  it('has strings in UTF-8, short or long, also as keys', () => {
    for (const hex of ['61ff', '62c080', '63eda080', '61c3', '7801ff', '790001ff', '7f61ffff']) {
      refuses(call(hex), /not UTF-8/)
    }
    refuses(call('a161ff01'), /not UTF-8/)
    refuses('84183001a061ff', /not UTF-8/)
    const long = Buffer.alloc(3 + 1000, 0x61)
    long.set([0x79, 0x03, 0xe8])
    assert.equal(firstArgument(call(long)), 'a'.repeat(1000))
    long[1002] = 0xc3
    refuses(call(long), /not UTF-8/)
  })

  it('has lists and dicts at most 64 deep, its own list counted, with lengths or without', () => {
    for (const [open, close] of [
      ['81', ''],
      ['a16161', ''],
      ['9b0000000000000001', ''],
      ['9f', 'ff'],
      ['bf6161', 'ff'],
    ] as const) {
      const deep = (levels: number, inside: string): Buffer =>
        call(open.repeat(levels - 2) + inside + close.repeat(levels - 2))
      cbor.decode(deep(64, '01'))
      refuses(deep(64, '80'), /nested deeper than 64/)
      refuses(deep(64, 'bfff'), /nested deeper than 64/)
      refuses(deep(65, '01'), /nested deeper than 64/)
    }
  })

  it('has at most 8 tags before a value, and none before its own elements', () => {
    cbor.decode(call(`${'d9d9f7'.repeat(8)}01`))
    refuses(call(`${'d9d9f7'.repeat(9)}01`), /more than 8 tags/)
    refuses('82d9d9f7184301', /an element of a message has a tag at byte 1/)
    refuses('85183001a06161d9d9f780', /an element of a message has a tag/)
  })

  it('that is a bomb is refused in no time', () => {
    const inCall = [
      '9bffffffffffffffff',
      '9affffffff',
      'bbffffffffffffffff',
      'baffffffff',
      'bb8000000000000000',
      '5bffffffffffffffff',
      '5affffffff',
      '7bffffffffffffffff',
      '7affffffff',
      '99ffff'.repeat(60_000),
      'c25bffffffffffffffff',
      'c07bffffffffffffffff',
    ]
    const bombs = [
      ...inCall.flatMap((hex) => [Buffer.from(hex, 'hex'), call(hex)]),
      ...[0x81, 0x9b, 0x9f, 0xa1, 0xbf, 0xc1, 0xc6, 0x5f, 0x7f].flatMap((byte) => [
        Buffer.alloc(200_000, byte),
        call(Buffer.alloc(200_000, byte)),
      ]),
      call(Buffer.from('bf6161'.repeat(70_000), 'hex')),
      call(Buffer.from('a16161'.repeat(70_000), 'hex')),
      call(Buffer.from('d9d9f7'.repeat(70_000), 'hex')),
      // A list in a list in a list, each of which announces all that is left.
      call(Buffer.from('9a00010000'.repeat(50) + '00'.repeat(70_000), 'hex')),
      call(Buffer.concat([Buffer.of(0x5f), Buffer.alloc(200_000, 0x40)])),
    ]
    for (const bomb of bombs) {
      const startedAt = performance.now()
      refuses(bomb)
      assert.ok(performance.now() - startedAt < 250, `${bomb.toString('hex', 0, 20)} takes long`)
    }
  })

  it('has at most as many elements as the longest message', () => {
    refuses('88184801806161a08001', /more than 7 elements/)
    refuses('9f18300101010101010101ff', /more than 7 elements/)
  })
})

describe('a CBOR payload', () => {
  it('passes as the very bytes that came', () => {
    // Widths longer than needed, no lengths, a tag, absence, a time, a key twice.
    const tail = '9f1800d9d9f701f7c100ffbf61610a7f6161ff0bff'
    const frame = Buffer.from(`86183001a06161${tail}`, 'hex')
    const message = cbor.decode(frame)
    assert.ok(message.type === CALL)
    const sent = cbor.encode({
      type: INVOCATION,
      request: 2,
      registration: 3,
      details: emptyDict,
      payload: message.payload,
    })
    assert.equal(sent.toString('hex'), `8618440203a0${tail}`)
    // Also out of a frame whose own list has no length.
    const endless = cbor.decode(Buffer.from(`9f183001a06161${tail}ff`, 'hex'))
    assert.ok(endless.type === CALL)
    assert.equal(endless.payload.tailFor(cbor).toString('hex'), tail)
  })

  it('is a view on the frame, not a copy', () => {
    const frame = call('6178')
    const message = cbor.decode(frame)
    assert.ok(message.type === CALL)
    assert.equal(message.payload.tailFor(cbor).buffer, frame.buffer)
  })

  it('does not lend out the frame when it is decoded', () => {
    for (const hex of ['4101', '5f4101ff']) {
      const frame = call(hex)
      const bytes = firstArgument(frame)
      frame.fill(0)
      assert.deepEqual(bytes, Buffer.from([1]))
    }
  })

  it('has strings as keys, however deep', () => {
    for (const key of [
      '01',
      'f6',
      'f5',
      '80',
      'a0',
      '4161',
      'c100',
      'd9d9f76161',
      'fb3ff8000000000000',
    ]) {
      refuses(`86183001a0616180a1${key}01`, /a key that is not a string at byte 9/)
      refuses(call(`a1${key}01`), /a key that is not a string at byte 9/)
      refuses(call(`bf616101${key}01ff`), /a key that is not a string at byte 12/)
      refuses(call(`82f6a1${key}01`), /a key that is not a string/)
    }
  })

  it('has dates, times, bignums and typed arrays that are ones: common decoders refuse others', () => {
    const date = (text: string): Buffer =>
      call(Buffer.concat([Buffer.of(0xc0, 0x78, text.length), Buffer.from(text)]))
    for (const text of [
      '2013-03-21T20:04:00Z',
      '0001-01-01T00:00:00Z',
      '9999-12-31T23:59:59.999999Z',
      '2024-02-29T23:59:59-12:30',
    ]) {
      assert.ok(firstArgument(date(text)) instanceof Date)
    }
    for (const text of [
      '',
      'yesterday',
      '2013-03-21',
      '2013-03-21 20:04:00Z',
      '2013-03-21T20:04:00',
      '2013-13-01T00:00:00Z',
      '2013-02-29T00:00:00Z',
      '2013-04-31T00:00:00Z',
      '2013-01-00T00:00:00Z',
      '0000-01-01T00:00:00Z',
      '2013-01-01T24:00:00Z',
      '2013-01-01T00:60:00Z',
      '2013-01-01T00:00:60Z',
      '2013-01-01T00:00:00+24:00',
    ]) {
      refuses(date(text), /a date \(tag 0\) is a text of RFC 3339/)
    }
    for (const hex of ['c001', 'c04161', 'c07f6161ff']) refuses(call(hex), /tag 0/)
    for (const hex of [
      'c16161',
      'c180',
      'c1f6',
      'c1c101',
      'c1f97e00',
      'c1f97c00',
      'c13bffffffffffffffff',
    ]) {
      refuses(call(hex), /a time \(tag 1\) is a number of seconds/)
    }
    refuses(call('c11b0000003afff44180'), /of the years 1 to 9999/)
    for (const hex of ['c201', 'c26161', 'c25f4101ff', 'c3f6'])
      refuses(call(hex), /a bignum \(tag [23]\)/)
    for (const hex of [
      'd84001',
      'd8456161',
      'd8454101',
      'd84a420102',
      'd851420102',
      'd8564401020304',
    ])
      refuses(call(hex), /a typed array \(tag \d\d\)/)
    for (const hex of ['d84540', 'd845420102', 'd84c4101', 'd8514401020304']) {
      assert.ok(Buffer.isBuffer(firstArgument(call(hex))))
    }
  })

  it('has no references from value to value, as it is taken apart on its way', () => {
    for (const hex of ['d81c80', 'd81d00', 'd81900', 'd9010080']) {
      refuses(call(hex), /a reference \(tag \d+\) is not supported/)
    }
  })
})

describe('a CBOR frame of ours', () => {
  it('writes each value in its shortest form, a float always with 64 bits', () => {
    const shortest: readonly [unknown, string][] = [
      [0, '00'],
      [23, '17'],
      [24, '1818'],
      [255, '18ff'],
      [256, '190100'],
      [65536, '1a00010000'],
      [2 ** 32, '1b0000000100000000'],
      [2 ** 53, '1b0020000000000000'],
      [-1, '20'],
      [-24, '37'],
      [-25, '3818'],
      [-257, '390100'],
      [-(2 ** 32), '3affffffff'],
      [-(2 ** 32) - 1, '3b0000000100000000'],
      [-(2 ** 53), '3b001fffffffffffff'],
      [2 ** 53 + 2, 'fb4340000000000001'],
      [1.5, 'fb3ff8000000000000'],
      [-0, 'fb8000000000000000'],
      [NaN, 'fb7ff8000000000000'],
      [true, 'f5'],
      [false, 'f4'],
      [null, 'f6'],
      [undefined, 'f6'],
      ['', '60'],
      ['a'.repeat(23), `77${'61'.repeat(23)}`],
      ['a'.repeat(24), `7818${'61'.repeat(24)}`],
      ['a'.repeat(256), `790100${'61'.repeat(256)}`],
      ['a'.repeat(65536), `7a00010000${'61'.repeat(65536)}`],
      [Buffer.alloc(24), `5818${'00'.repeat(24)}`],
      [new Uint16Array([1, 2]), '4401000200'],
      [Array(24).fill(1), `9818${'01'.repeat(24)}`],
      ['\ud800', '63efbfbd'],
    ]
    for (const [value, hex] of shortest) {
      assert.equal(cbor.encodeTail({ args: [value] }).toString('hex'), `81${hex}`)
    }
  })

  it('writes dicts of every size', () => {
    for (const [size, start] of [
      [23, 'b7'],
      [24, 'b818'],
      [65536, 'ba00010000'],
    ] as const) {
      const dict = Object.fromEntries(Array.from({ length: size }, (_, i) => [`k${i}`, i]))
      const tail = cbor.encodeTail({ args: [dict] })
      assert.ok(tail.toString('hex').startsWith(`81${start}626b3000`))
      assert.deepEqual(cbor.decodeTail(tail, 1), { args: [dict] })
    }
  })

  it('writes ids as integers, never as floats', () => {
    for (const id of [2 ** 32, 2 ** 32 + 1, 2 ** 53 - 1, 2 ** 53]) {
      const frame = cbor.encode({ type: 67, request: id })
      assert.equal(frame.length, 12)
      assert.equal(frame[3], 0x1b)
      assert.equal(frame.readBigUInt64BE(4), BigInt(id))
    }
  })

  it('goes out whole after a very long one', () => {
    const long = { type: INTERRUPT, request: 1, options: { text: 'x'.repeat(200_000) } } as const
    assert.deepEqual(cbor.decode(cbor.encode(long)), long)
    assert.equal(cbor.encode({ type: 67, request: 1 }).toString('hex'), '82184301')
    assert.deepEqual(cbor.decode(cbor.encode(long)), long)
  })
})
