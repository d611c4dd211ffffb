import assert from 'node:assert/strict'
import fc from 'fast-check'
import { json } from '../../../router/wire/json.ts'
import {
  CALL,
  emptyDict,
  INTERRUPT,
  INVOCATION,
  type Message,
} from '../../../router/wire/message.ts'
import { plain } from './plain.ts'
import { refuses as refusesFrame } from './refusal.ts'

function refuses(frame: Buffer | string, message?: RegExp): void {
  refusesFrame(json, frame, message)
}

function decode(text: string): Message {
  return json.decode(Buffer.from(text))
}

/** A CALL with these Arguments. */
function call(args: string): string {
  return `[48,1,{},"a",${args}]`
}

describe('a JSON frame', () => {
  it('may have whitespace wherever JSON allows it', () => {
    const spaced =
      ' \n[\t48 , 1\r\n, { "timeout" : 5 } , "a.b" , [ 1 , [ ] ] , { "k" : { } } ] \t\n'
    assert.deepEqual(plain(decode(spaced)), {
      type: CALL,
      request: 1,
      options: { timeout: 5 },
      procedure: 'a.b',
      payload: { args: [1, []], kwargs: { k: {} } },
    })
    assert.deepEqual(plain(decode('[48,1,{ },"a"]'))['options'], {})
  })

  it('holds nothing but one list', () => {
    for (const text of ['', ' ', '{}', '48', '"a"', 'null', '{"0":48}', '48]']) {
      refuses(text, /must be a JSON list/)
    }
    for (const text of ['[67,1]x', '[67,1][67,1]', '[67,1],', '[67,1]]', '[67,1]\0']) {
      refuses(text, /0x.. is not allowed at byte 6/)
    }
    refuses('\u00a0[67,1]')
    refuses('\ufeff[67,1]')
    refuses('[67,1]\v')
  })

  it('ends where its JSON ends', () => {
    const whole = '[48,12,{"a":[true,false,null,-1.5e+3]},"a.b",["\\u00e4\\n"],{"k":{}}]'
    decode(whole)
    for (let end = 1; end < whole.length; end++) refuses(whole.slice(0, end), /not whole JSON/)
  })

  it('separates with one comma and one colon', () => {
    for (const text of ['[,67,1]', '[67,,1]', '[67,1,]', '[67 1]', '[67;1]', '[,]', '[67,1}']) {
      refuses(text)
    }
    for (const dict of ['{,}', '{"a"}', '{"a":}', '{"a":1,}', '{"a" 1}', '{"a"::1}', '{a:1}']) {
      refuses(`[70,1,${dict}]`)
      refuses(call(`[${dict}]`))
    }
    for (const dict of [
      "{'a':1}",
      '{1:1}',
      '{"a":1,"b"}',
      '{"a":1 "b":2}',
      '{null:1}',
      '{"a":1]',
    ]) {
      refuses(`[70,1,${dict}]`)
      refuses(call(`[${dict}]`))
    }
    refuses(call('[1}'))
    refuses(call('[1 2]'))
  })

  it('has numbers as JSON has them', () => {
    for (const number of ['0', '-0', '1', '-1', '10', '0.5', '1.25e3', '1E+2', '1e-2', '-0.0e0']) {
      assert.deepEqual(plain(decode(call(`[${number}]`)))['payload'], { args: [Number(number)] })
    }
    for (const number of ['+1', '01', '-01', '.5', '1.', '-', '--1', '1e', '1e+', '0x10', '1_0']) {
      refuses(call(`[${number}]`))
    }
    for (const number of [
      'NaN',
      'Infinity',
      '-Infinity',
      '1n',
      '1.e3',
      '00',
      '1-',
      '1.2.3',
      '1e5.5',
    ]) {
      refuses(call(`[${number}]`))
    }
  })

  it('has numbers of a bounded length, as some decoders refuse longer ones', () => {
    decode(call(`[${'9'.repeat(1024)},0.${'1'.repeat(1022)}]`))
    refuses(call(`[${'9'.repeat(1025)}]`), /number at byte 14 has more than 1024 digits/)
    refuses(call(`[0.${'1'.repeat(5000)}]`), /more than 1024 digits/)
  })

  it('has no words but true, false and null', () => {
    assert.deepEqual(plain(decode(call('[true,false,null]')))['payload'], {
      args: [true, false, null],
    })
    for (const word of ['True', 'tru', 'truee', 'fals', 'nul', 'nulll', 'undefined', 't', 'none']) {
      refuses(call(`[${word}]`))
    }
  })

  it('has strings as JSON has them', () => {
    for (const string of [
      '""',
      '"a"',
      '"\\"\\\\\\/\\b\\f\\n\\r\\t"',
      '"\\u00e4\\uD83D\\ude00"',
      '"ä💡\x7f"',
    ]) {
      assert.deepEqual(plain(decode(call(`[${string}]`)))['payload'], {
        args: [JSON.parse(string) as unknown],
      })
    }
    for (const string of [
      '"',
      '"\\"',
      '"\\x41"',
      '"\\u12"',
      '"\\u12g4"',
      '"\\u 123"',
      '"\\',
      '"\\u"',
    ]) {
      refuses(call(`[${string}]`))
    }
    for (let code = 0; code < 0x20; code++) refuses(call(`["${String.fromCharCode(code)}"]`))
    refuses('[48,1,{},"a\nb"]', /0x0a is not allowed/)
    refuses(call("['a']"))
  })

  it('reads URIs with escapes for what they spell', () => {
    const message = decode('[48,1,{},"a\\u002eb\\\\"]')
    assert.equal('procedure' in message && message.procedure, 'a.b\\')
    const unicode = decode('[48,1,{},"lampe.größe.💡"]')
    assert.equal('procedure' in unicode && unicode.procedure, 'lampe.größe.💡')
  })

  it('is UTF-8', () => {
    const text = Buffer.from(call('["ää"]'))
    for (let at = text.indexOf(0xc3); at < text.length - 4; at++) {
      const broken = Buffer.from(text)
      broken[at] = 0xff
      refuses(broken, /not UTF-8/)
    }
    // Overlong, half a surrogate pair, beyond Unicode, cut off.
    for (const hex of ['c080', 'eda080', 'f4908080', 'c3']) {
      refuses(
        Buffer.concat([
          Buffer.from('[48,1,{},"a",["'),
          Buffer.from(hex, 'hex'),
          Buffer.from('"]]'),
        ]),
      )
    }
  })

  it('has lists and dicts at most 64 deep, its own list counted', () => {
    for (const [open, close] of [
      ['[', ']'],
      ['{"a":', '}'],
      ['[[],{"a":', '}]'],
    ] as const) {
      const deep = (levels: number, inside: string): string => {
        const each = open.startsWith('[[') ? 2 : 1
        const times = (levels - 2) / each
        return call(`[${open.repeat(times)}${inside}${close.repeat(times)}]`)
      }
      decode(deep(64, '1'))
      refuses(deep(64, '[]'), /nested deeper than 64/)
      refuses(deep(64, '{}'), /nested deeper than 64/)
      refuses(deep(66, '1'), /nested deeper than 64/)
    }
    refuses(`[1,"r",${'{"a":'.repeat(64)}1${'}'.repeat(64)}]`, /nested deeper than 64/)
  })

  it('that is a bomb is refused in no time', () => {
    const bombs = [
      '['.repeat(200_000),
      call('['.repeat(200_000)),
      `[48,1,${'{"a":'.repeat(50_000)}`,
      call(`${'['.repeat(100_000)}${']'.repeat(100_000)}`),
      `[${'1,'.repeat(500_000)}1]`,
      `[${'9'.repeat(1_000_000)},1]`,
      `[67,${'9'.repeat(1_000_000)}]`,
      `[67,1${'0'.repeat(1_000_000)}e`,
      `[${' '.repeat(1_000_000)}`,
      `[67,"${'\\'.repeat(999_999)}`,
    ]
    for (const bomb of bombs) {
      const startedAt = performance.now()
      refuses(bomb)
      assert.ok(performance.now() - startedAt < 250, `${bomb.slice(0, 20)} takes long`)
    }
  })
})

describe('a JSON payload', () => {
  it('passes as the very bytes that came', () => {
    const tail =
      '[ 1.0, 1e2,"\\u0041\\/", 12345678901234567890 ,\n{"a":1,"a":2}] , {"__proto__":null, "k" : [ ]}'
    const frame = Buffer.from(`[48,1,{},"a.b" ,${tail} ]`)
    const message = json.decode(frame)
    assert.ok(message.type === CALL)
    const sent = json.encode({
      type: INVOCATION,
      request: 2,
      registration: 3,
      details: emptyDict,
      payload: message.payload,
    })
    assert.equal(sent.toString(), `[68,2,3,{},${tail}]`)
  })

  it('is a view on the frame, not a copy', () => {
    const frame = Buffer.from('[48,1,{},"a",["x"]]')
    const message = json.decode(frame)
    assert.ok(message.type === CALL)
    const tail = message.payload.tailFor(json)
    assert.equal(tail.buffer, frame.buffer)
    assert.equal(tail.toString(), '["x"]')
  })
})

describe('a JSON frame of ours', () => {
  it('escapes what JSON cannot hold in a URI or a key', () => {
    const message = decode('[70,1,{"a\\"\\u0000\\ud800":"\\u2028\\n"}]')
    assert.equal(json.encode(message).toString(), '[70,1,{"a\\"\\u0000\\ud800":"\u2028\\n"}]')
  })

  it('has every digit of its ids', () => {
    const ids = [1, 9, 10, 99_999_999, 100_000_000, 100_000_001, 1e15, 2 ** 53 - 1, 2 ** 53]
    for (const id of ids) {
      assert.equal(json.encode({ type: 67, request: id }).toString(), `[67,${id}]`)
      assert.equal(
        json.encode({ type: INTERRUPT, request: id, options: emptyDict }).toString(),
        `[69,${id},{}]`,
      )
    }
    fc.assert(
      fc.property(fc.maxSafeInteger().map(Math.abs), (id) => {
        const frame = json.encode({ type: 33, request: id, subscription: id })
        assert.equal(frame.toString(), `[33,${id},${id}]`)
      }),
    )
  })

  it('counts bytes, not characters', () => {
    const message = decode('[48,1,{},"lampe.größe.💡",["ü"]]')
    assert.equal(json.encode(message).toString(), '[48,1,{},"lampe.größe.💡",["ü"]]')
  })
})
