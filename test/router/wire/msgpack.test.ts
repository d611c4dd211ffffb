import assert from 'node:assert/strict'
import { CALL, INTERRUPT, INVOCATION, emptyDict } from '../../../router/wire/message.ts'
import { msgpack } from '../../../router/wire/msgpack.ts'
import { refuses as refusesFrame } from './refusal.ts'

function refuses(frame: Buffer | string, message?: RegExp): void {
  refusesFrame(msgpack, typeof frame === 'string' ? Buffer.from(frame, 'hex') : frame, message)
}

/** A CALL whose Arguments are a list of this one value. */
function call(value: string | Buffer): Buffer {
  const bytes = typeof value === 'string' ? Buffer.from(value, 'hex') : value
  return Buffer.concat([Buffer.from('95300180a16191', 'hex'), bytes])
}

function firstArgument(frame: Buffer): unknown {
  const message = msgpack.decode(frame)
  assert.ok(message.type === CALL)
  return message.payload.values().args?.[0]
}

/** Each form of each type, by its bytes. */
const values: readonly [string, unknown][] = [
  ['c0', null],
  ['c2', false],
  ['c3', true],
  ['00', 0],
  ['7f', 127],
  ['e0', -32],
  ['ff', -1],
  ['cc80', 128],
  ['ccff', 255],
  ['cdffff', 65535],
  ['ceffffffff', 4294967295],
  ['cf0020000000000000', 2 ** 53],
  ['cf0020000000000001', 2n ** 53n + 1n],
  ['cfffffffffffffffff', 2n ** 64n - 1n],
  ['d080', -128],
  ['d18000', -32768],
  ['d280000000', -2147483648],
  ['d3ffe0000000000000', -(2 ** 53)],
  ['d38000000000000000', -(2n ** 63n)],
  ['ca3fc00000', 1.5],
  ['cb3ff8000000000000', 1.5],
  ['cb8000000000000000', -0],
  ['cb7ff8000000000000', NaN],
  ['cb7ff0000000000000', Infinity],
  ['a0', ''],
  ['a26869', 'hi'],
  ['d90161', 'a'],
  ['da000161', 'a'],
  ['db0000000161', 'a'],
  ['a4f09f92a1', '💡'],
  ['c400', Buffer.alloc(0)],
  ['c40101', Buffer.from([1])],
  ['c5000101', Buffer.from([1])],
  ['c60000000101', Buffer.from([1])],
  ['90', []],
  ['9201c0', [1, null]],
  ['dc000101', [1]],
  ['dd0000000101', [1]],
  ['80', {}],
  ['81a16101', { a: 1 }],
  ['de0001a16101', { a: 1 }],
  ['df00000001a16101', { a: 1 }],
]

describe('a MessagePack frame', () => {
  it('holds each value in each of its forms', () => {
    for (const [hex, value] of values) assert.deepEqual(firstArgument(call(hex)), value, hex)
  })

  it('ends where its MessagePack ends', () => {
    for (const [hex] of values) {
      const whole = call(hex)
      for (let end = 0; end < whole.length; end++) refuses(whole.subarray(0, end))
      refuses(Buffer.concat([whole, Buffer.from([0xc0])]), /ends at byte \d+, but its frame has/)
    }
  })

  it('holds nothing but one list', () => {
    for (const hex of ['', '80', 'de0000', '30', 'c0', 'a161', 'c1', 'c4019f']) {
      refuses(hex, /must be a MessagePack list/)
    }
    refuses('90', /empty list/)
    refuses('dc0000', /empty list/)
    refuses('dc', /not whole/)
    refuses('dd000000', /not whole/)
  })

  it('may be a list of any width', () => {
    for (const hex of [
      '924301',
      'dc00024301',
      'dd000000024301',
      '92cc43cd0001',
      '92cf0000000000000043d001',
    ]) {
      assert.deepEqual(msgpack.decode(Buffer.from(hex, 'hex')), { type: 67, request: 1 })
    }
  })

  it('has no byte 0xc1', () => {
    refuses(call('c1'), /0xc1 is not allowed at byte 7/)
    refuses('92c101', /0xc1 is not allowed/)
    refuses('924301c1', /ends at byte 3/)
    refuses(call('81a161c1'), /0xc1 is not allowed/)
  })

  it('has strings in UTF-8, short or long, also as keys', () => {
    for (const hex of [
      'a1ff',
      'a2c080',
      'a3eda080',
      'a1c3',
      'd901ff',
      'da0001ff',
      'db00000001ff',
    ]) {
      refuses(call(hex), /not UTF-8/)
    }
    refuses(call('81a1ff01'), /not UTF-8/)
    refuses('94300180a1ff', /not UTF-8/)
    const long = Buffer.alloc(3 + 1000, 0x61)
    long.set([0xda, 0x03, 0xe8])
    assert.equal(firstArgument(call(long)), 'a'.repeat(1000))
    long[1002] = 0xc3
    refuses(call(long), /not UTF-8/)
  })

  it('has lists and dicts at most 64 deep, its own list counted', () => {
    for (const open of ['91', '81a161', 'dc0001', 'df00000001a161']) {
      const deep = (levels: number, inside: string): Buffer =>
        call(open.repeat(levels - 2) + inside)
      msgpack.decode(deep(64, '01'))
      refuses(deep(64, '90'), /nested deeper than 64/)
      refuses(deep(64, '80'), /nested deeper than 64/)
      refuses(deep(65, '01'), /nested deeper than 64/)
    }
    refuses(`930172${'81a161'.repeat(64)}01`, /nested deeper than 64/)
  })

  it('that is a bomb is refused in no time', () => {
    const bombs = [
      Buffer.from('ddffffffff', 'hex'),
      Buffer.from('dfffffffff', 'hex'),
      call('ddffffffff'),
      call('dfffffffff'),
      call('df80000000'),
      call('dbffffffff'),
      call('c6ffffffff'),
      call('c9ffffffff01'),
      call('dcffff'.repeat(60_000)),
      Buffer.alloc(200_000, 0x91),
      Buffer.alloc(200_000, 0x9f),
      Buffer.alloc(200_000, 0x81),
      call(Buffer.alloc(200_000, 0x91)),
      call(Buffer.concat([Buffer.from('dd000fffff', 'hex'), Buffer.alloc(0xffffe, 0x90)])),
      // A list in a list in a list, each of which announces all that is left.
      call(Buffer.from('dd00010000'.repeat(50) + '00'.repeat(70_000), 'hex')),
    ]
    for (const bomb of bombs) {
      const startedAt = performance.now()
      refuses(bomb)
      assert.ok(performance.now() - startedAt < 250, `${bomb.toString('hex', 0, 20)} takes long`)
    }
  })

  it('has at most as many elements as the longest message', () => {
    refuses('98084a0180a161908001', /more than 7 elements/)
    refuses('dc00080830018 0a161908001'.replace(' ', ''), /more than 7 elements/)
  })
})

describe('a MessagePack payload', () => {
  it('passes as the very bytes that came', () => {
    // Widths longer than needed, an extension, absence, a timestamp, a key twice.
    const tail = 'dc0004cc01d40501d40000d6ff00000001de0002a1610ada0001610b'
    const frame = Buffer.from(`96300180a161${tail}`, 'hex')
    const message = msgpack.decode(frame)
    assert.ok(message.type === CALL)
    const sent = msgpack.encode({
      type: INVOCATION,
      request: 2,
      registration: 3,
      details: emptyDict,
      payload: message.payload,
    })
    assert.equal(sent.toString('hex'), `9644020380${tail}`)
  })

  it('is a view on the frame, not a copy', () => {
    const frame = call('a178')
    const message = msgpack.decode(frame)
    assert.ok(message.type === CALL)
    assert.equal(message.payload.tailFor(msgpack).buffer, frame.buffer)
  })

  it('does not lend out the frame when it is decoded', () => {
    const frame = call('c40101')
    const bytes = firstArgument(frame)
    frame.fill(0)
    assert.deepEqual(bytes, Buffer.from([1]))
  })

  it('has strings as keys, however deep', () => {
    for (const key of [
      '01',
      'c0',
      'c3',
      '90',
      '80',
      'c40161',
      'd40501',
      'd40000',
      'cb3ff8000000000000',
    ]) {
      refuses(`96300180a1619081${key}01`, /a key that is not a string at byte 8/)
      refuses(`96300180a1619082a16101${key}01`, /a key that is not a string at byte 11/)
      refuses(call(`81${key}01`), /a key that is not a string at byte 8/)
      refuses(call(`81a16192c081${key}01`), /a key that is not a string/)
    }
    msgpack.decode(call('82a16101d90162df00000001da00016301'))
  })

  it('has timestamps that are ones', () => {
    const good = ['d6ff00000000', 'd7ffee6b27fc00000000', 'c70cff3b9ac9ff8000000000000000']
    for (const hex of good) msgpack.decode(call(hex))
    const bad = [
      'd4ff00',
      'd5ff0000',
      `d8ff${'00'.repeat(16)}`,
      'c700ff',
      'c703ff000000',
      'd7ffee6b280000000000',
      'c70cff3b9aca000000000000000000',
    ]
    for (const hex of bad) refuses(call(hex), /timestamp at byte \d+ is none/)
  })
})

describe('a MessagePack frame of ours', () => {
  it('writes each value in its shortest form', () => {
    const shortest: readonly [unknown, string][] = [
      ...values
        .filter(([hex]) => !/^(ca|d901|da|db|c5|c6|dc|dd|de|df)/.test(hex))
        .map(([hex, value]): [unknown, string] => [value, hex]),
      [32767, 'cd7fff'],
      [65536, 'ce00010000'],
      [-33, 'd0df'],
      [-129, 'd1ff7f'],
      [-32769, 'd2ffff7fff'],
      [-2147483649, 'd3ffffffff7fffffff'],
      [2 ** 53 + 2, 'cb4340000000000001'],
      [1e300, 'cb7e37e43c8800759c'],
      [2n ** 64n, 'cb43f0000000000000'],
      [-(2n ** 63n) - 1n, 'cbc3e0000000000000'],
      ['a'.repeat(32), `d920${'61'.repeat(32)}`],
      ['a'.repeat(256), `da0100${'61'.repeat(256)}`],
      ['a'.repeat(65536), `db00010000${'61'.repeat(65536)}`],
      [Buffer.alloc(256), `c50100${'00'.repeat(256)}`],
      [Buffer.alloc(65536), `c600010000${'00'.repeat(65536)}`],
      [Array(16).fill(1), `dc0010${'01'.repeat(16)}`],
      [Array(65536).fill(1), `dd00010000${'01'.repeat(65536)}`],
      [new Uint16Array([1, 2]), 'c40401000200'],
    ]
    for (const [value, hex] of shortest) {
      assert.equal(msgpack.encodeTail({ args: [value] }).toString('hex'), `91${hex}`)
    }
  })

  it('writes dicts of every size', () => {
    for (const [size, start] of [
      [15, '8f'],
      [16, 'de0010'],
      [65536, 'df00010000'],
    ] as const) {
      const dict = Object.fromEntries(Array.from({ length: size }, (_, i) => [`k${i}`, i]))
      const tail = msgpack.encodeTail({ args: [dict] })
      assert.ok(tail.toString('hex').startsWith(`91${start}a26b3000`))
      assert.deepEqual(msgpack.decodeTail(tail, 1), { args: [dict] })
    }
  })

  it('writes ids as integers, never as floats', () => {
    for (const id of [2 ** 32, 2 ** 32 + 1, 2 ** 53 - 1, 2 ** 53]) {
      const frame = msgpack.encode({ type: 67, request: id })
      assert.equal(frame.length, 11)
      assert.equal(frame[2], 0xcf)
      assert.equal(frame.readBigUInt64BE(3), BigInt(id))
    }
  })

  it('goes out whole after a very long one', () => {
    const long = { type: INTERRUPT, request: 1, options: { text: 'x'.repeat(200_000) } } as const
    assert.deepEqual(msgpack.decode(msgpack.encode(long)), long)
    assert.equal(msgpack.encode({ type: 67, request: 1 }).toString('hex'), '924301')
    assert.deepEqual(msgpack.decode(msgpack.encode(long)), long)
  })
})
