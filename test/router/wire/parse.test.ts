import assert from 'node:assert/strict'
import { encode } from '@msgpack/msgpack'
import { json } from '../../../router/wire/json.ts'
import { headLengths, UNREGISTERED, UNSUBSCRIBED } from '../../../router/wire/message.ts'
import { msgpack } from '../../../router/wire/msgpack.ts'
import { parseMessage } from '../../../router/wire/parse.ts'
import { Payload } from '../../../router/wire/payload.ts'
import { messageTable } from './message-table.ts'
import { plain } from './plain.ts'
import { readings, refuses, refusesMessage } from './refusal.ts'

const maxId = 2 ** 53

describe('a message', () => {
  it('is a list that begins with a known type code', () => {
    refusesMessage([], /a message is an empty list/)
    for (const type of [0, -1, 7, 9, 51, 71, 337, 1e9, 48.5]) {
      refusesMessage([type, 1, {}, 'a'], /message type is .* no known type code/)
    }
    for (const type of ['48', null, true, [48], { type: 48 }]) {
      refusesMessage([type, 1, {}, 'a'], /message type is .* no known type code/)
    }
  })

  it('that no serializer would have made of a frame is refused all the same', () => {
    for (const type of [7, '48', undefined]) {
      assert.throws(() => parseMessage([type, 1, {}], 3, Payload.empty), /no known type code/)
    }
  })

  it('has exactly the elements of its type', () => {
    for (const { title, message, json: text } of messageTable) {
      const whole = JSON.parse(text) as unknown[]
      const isRevocation = message.type === UNREGISTERED || message.type === UNSUBSCRIBED
      const head = isRevocation ? 2 : (headLengths.get(message.type) ?? whole.length)
      const name = title.split(' ')[0]
      for (let length = 1; length < head; length++) {
        refusesMessage(whole.slice(0, length), new RegExp(`^${name} has ${length} elements`))
      }
      // The answers that may come of the router's own accord have Details then.
      const longest = headLengths.has(message.type) ? head + 2 : isRevocation ? 3 : head
      const filled = isRevocation ? [message.type, 0, {}] : [...whole, [], {}].slice(0, head)
      if (longest > head && !isRevocation) filled.push([], {})
      assert.equal(readings(filled).length, 3)
      const more =
        longest === 7 ? /more than 7 elements/ : new RegExp(`^${name} has ${longest + 1}`)
      refusesMessage([...filled, 1], more)
    }
  })

  it('that says what is revoked has Details, and then 0 for a request, as nobody asked', () => {
    for (const [type, name, of] of [
      [35, 'UNSUBSCRIBED', 'subscription'],
      [67, 'UNREGISTERED', 'registration'],
    ] as const) {
      const details = { [of]: 1293722, reason: 'moved' }
      for (const message of readings([type, 0, details])) {
        assert.deepEqual(message, { type, request: 0, details })
        assert.deepEqual(JSON.parse(json.encode(message).toString()), [type, 0, details])
      }
      refusesMessage([type, 0], new RegExp(`^${name}\\.Request is 0`))
      for (const wrong of [1, -1, null, '0']) {
        refusesMessage([type, wrong, details], /Request is .*, beside Details it must be 0$/)
      }
      refusesMessage([type, 0, []], new RegExp(`^${name}\\.Details is a list`))
    }
  })

  it('that resumes a session may leave the realm out, and no other HELLO may', () => {
    for (const message of readings([1, null, { 'resume-session': 5 }])) {
      assert.deepEqual(message, { type: 1, realm: '', details: { 'resume-session': 5 } })
    }
    refusesMessage([1, null, { resumable: true }], /^HELLO\.Realm is null, it must be a URI$/)
    refusesMessage([1, null, null], /^HELLO\.Realm is null/)
    refusesMessage([1, 7, { 'resume-session': 5 }], /^HELLO\.Realm is 7/)
  })

  it('has ids from 1 to 2^53, and nothing that only looks like one', () => {
    for (const id of [1, 255, 256, 65536, 2 ** 32, maxId - 1, maxId]) {
      for (const message of readings([67, id]))
        assert.equal('request' in message && message.request, id)
    }
    for (const id of [0, -1, 1.5, -0.5, maxId + 2, 2 ** 64, '1', null, true, [1], { id: 1 }]) {
      refusesMessage([67, id], /^UNREGISTERED\.Request is .* integer from 1 to 9007199254740992$/)
    }
  })

  it('may have its ids as integral floats, as some MessagePack encoders write them', () => {
    for (const id of [1, 4294967296, maxId]) {
      const frame = Buffer.alloc(11)
      frame.set([0x92, 0x43, 0xcb])
      frame.writeDoubleBE(id, 3)
      assert.deepEqual(msgpack.decode(frame), { type: 67, request: id })
    }
    refuses(msgpack, Buffer.from('9243cb7ff8000000000000', 'hex'), /Request is NaN/)
    refuses(msgpack, Buffer.from('9243cb7ff0000000000000', 'hex'), /Request is Infinity/)
    assert.deepEqual(msgpack.decode(Buffer.from('92ca42860000ca3f800000', 'hex')), {
      type: 67,
      request: 1,
    })
    assert.deepEqual(json.decode(Buffer.from('[6.7e1,1.0]')), { type: 67, request: 1 })
  })

  it('has no id that would become 2^53 only by rounding', () => {
    refuses(json, '[67,9007199254740993]', /Request is 9007199254740993/)
    refuses(json, `[67,${'9'.repeat(500)}]`, /Request is/)
    refuses(msgpack, Buffer.from('9243cf0020000000000001', 'hex'), /Request is 9007199254740993/)
    refuses(msgpack, Buffer.from('9243cfffffffffffffffff', 'hex'), /Request is/)
    refuses(msgpack, Buffer.from('9243d3ffffffffffffffff', 'hex'), /Request is -1/)
  })

  it('has strings where URIs, methods and signatures are due', () => {
    for (const wrong of [1, null, true, [], {}]) {
      refusesMessage([1, wrong, {}], /^HELLO\.Realm is .*, it must be a URI$/)
      refusesMessage([4, wrong, {}], /^CHALLENGE\.AuthMethod is .*, it must be a string$/)
      refusesMessage([5, wrong, {}], /^AUTHENTICATE\.Signature is .*, it must be a string$/)
      refusesMessage([6, {}, wrong], /^GOODBYE\.Reason is /)
      refusesMessage([8, 48, 1, {}, wrong], /^ERROR\.Error is /)
      refusesMessage([48, 1, {}, wrong], /^CALL\.Procedure is /)
    }
  })

  it('has dicts where options, details and extras are due', () => {
    for (const wrong of [1, null, true, [], 'x']) {
      refusesMessage([1, 'realm1', wrong], /^HELLO\.Details is .*, it must be a dict$/)
      refusesMessage([5, '', wrong], /^AUTHENTICATE\.Extra is .*, it must be a dict$/)
      refusesMessage([48, 1, wrong, 'a'], /^CALL\.Options is .*, it must be a dict$/)
      refusesMessage([50, 1, wrong], /^RESULT\.Details is .*, it must be a dict$/)
    }
    // Binary, a timestamp, an extension, nothing at all.
    for (const hex of ['c40161', 'd6ff00000001', 'd40501', 'd40000']) {
      const frame = Buffer.from(`94300100a161`.replace('0100', `01${hex}`), 'hex')
      refuses(msgpack, frame, /^CALL\.Options is .*, it must be a dict$/)
    }
  })

  it('has an integer as the type of the request that failed', () => {
    for (const wrong of [1.5, '48', null]) {
      refusesMessage([8, wrong, 1, {}, 'a'], /^ERROR\.REQUEST\.Type is .*, it must be an integer$/)
    }
  })

  it('carries a list and a dict as its payload, and nothing else', () => {
    for (const wrong of [1, null, true, {}, 'secret', { 0: 1 }]) {
      refusesMessage([48, 1, {}, 'a', wrong], /^Arguments is .*, it must be a list$/)
    }
    for (const wrong of [1, null, true, [], 'secret']) {
      refusesMessage([48, 1, {}, 'a', [], wrong], /^ArgumentsKw is .*, it must be a dict$/)
    }
  })

  it('says what was found in few words, however long that was', () => {
    refusesMessage([48, 'x'.repeat(100_000), {}, 'a'], /^CALL\.Request is "x{40}…", .{0,60}$/)
  })
})

/** An option of one message: what it may be, and what it may not. */
const options: readonly [string, (dict: object) => unknown[], string, unknown[], unknown[]][] = [
  ...['acknowledge', 'exclude_me', 'disclose_me', 'retain'].map((key) => boolean(key, publish)),
  ...['exclude', 'eligible'].map((key): (typeof options)[number] => [
    'PUBLISH.Options',
    publish,
    key,
    [[], [1], [1, maxId]],
    ['hello', 1, null, {}, ['hello'], [0], [1.5], [1, null], [[1]]],
  ]),
  ...['exclude_authid', 'exclude_authrole', 'eligible_authid', 'eligible_authrole'].map(
    (key): (typeof options)[number] => [
      'PUBLISH.Options',
      publish,
      key,
      [[], ['joe'], ['joe', 'ann']],
      ['joe', 1, null, {}, [123], ['joe', null]],
    ],
  ),
  boolean('get_retained', (dict) => [32, 1, dict, 'a'], 'SUBSCRIBE.Options'),
  match('SUBSCRIBE.Options', (dict) => [32, 1, dict, 'a']),
  match('REGISTER.Options', (dict) => [64, 1, dict, 'a']),
  ['REGISTER.Options', (dict) => [64, 1, dict, 'a'], 'invoke', ['single', 'x'], [1, null, ['x']]],
  boolean('disclose_caller', (dict) => [64, 1, dict, 'a'], 'REGISTER.Options'),
  boolean('forward_timeout', (dict) => [64, 1, dict, 'a'], 'REGISTER.Options'),
  ...['receive_progress', 'progress', 'disclose_me'].map((key) =>
    boolean(key, call, 'CALL.Options'),
  ),
  ['CALL.Options', call, 'timeout', [0, 1, 30_000], [-1, 1.5, '1', null, true]],
  // A mode that there is not is answered with ERROR.
  string('mode', (dict) => [49, 1, dict], 'CANCEL.Options'),
  string('mode', (dict) => [69, 1, dict], 'INTERRUPT.Options'),
  string('runmode', call, 'CALL.Options'),
  string('rkey', call, 'CALL.Options'),
  string('rkey', publish, 'PUBLISH.Options'),
  string('nkey', (dict) => [32, 1, dict, 'a'], 'SUBSCRIBE.Options'),
  boolean('force_reregister', (dict) => [64, 1, dict, 'a'], 'REGISTER.Options'),
  [
    'REGISTER.Options',
    (dict) => [64, 1, dict, 'a'],
    'concurrency',
    [1, 16],
    [0, -1, 1.5, '2', null],
  ],
  ['INVOCATION.Details', invocation, 'trustlevel', [0, 7], [-1, 0.5, '1', null]],
  ['EVENT.Details', event, 'trustlevel', [0, 7], [-1, 0.5, '1', null]],
  ...['ppt_scheme', 'ppt_serializer', 'ppt_cipher', 'ppt_keyid'].flatMap((key) => [
    string(key, publish, 'PUBLISH.Options'),
    string(key, event, 'EVENT.Details'),
    string(key, call, 'CALL.Options'),
    string(key, invocation, 'INVOCATION.Details'),
    string(key, (dict) => [70, 1, dict], 'YIELD.Options'),
    string(key, (dict) => [50, 1, dict], 'RESULT.Details'),
  ]),
  // What is kept of a message must not be as long as a message may be.
  ...(
    [
      ['PUBLISH.Options', publish, 'ppt_keyid'],
      ['PUBLISH.Options', publish, 'rkey'],
      ['CALL.Options', call, 'ppt_scheme'],
      ['CALL.Options', call, 'rkey'],
      ['SUBSCRIBE.Options', (dict: object) => [32, 1, dict, 'a'], 'nkey'],
    ] as const
  ).map(([name, of, key]): (typeof options)[number] => [
    name,
    of,
    key,
    ['x'.repeat(1_024)],
    ['x'.repeat(1_025)],
  ]),
  boolean('progress', (dict) => [70, 1, dict], 'YIELD.Options'),
  boolean('progress', (dict) => [50, 1, dict], 'RESULT.Details'),
  ...['receive_progress', 'progress'].map((key) => boolean(key, invocation, 'INVOCATION.Details')),
  ['INVOCATION.Details', invocation, 'caller', [1, maxId], [0, 'joe', null]],
  ...['caller_authid', 'caller_authrole', 'procedure'].map((key): (typeof options)[number] => [
    'INVOCATION.Details',
    invocation,
    key,
    ['', 'joe'],
    [1, null, ['joe']],
  ]),
  ['INVOCATION.Details', invocation, 'timeout', [0, 5], [-1, '5']],
  boolean('retained', event, 'EVENT.Details'),
  ['EVENT.Details', event, 'publisher', [1], ['hello', 0, null]],
  ...['publisher_authid', 'publisher_authrole', 'topic'].map((key): (typeof options)[number] => [
    'EVENT.Details',
    event,
    key,
    ['joe'],
    [1, null, ['joe']],
  ]),
]

function publish(dict: object): unknown[] {
  return [16, 1, dict, 'a']
}

function call(dict: object): unknown[] {
  return [48, 1, dict, 'a']
}

function invocation(dict: object): unknown[] {
  return [68, 1, 1, dict]
}

function event(dict: object): unknown[] {
  return [36, 1, 1, dict]
}

function boolean(
  key: string,
  message: (dict: object) => unknown[],
  name = 'PUBLISH.Options',
): (typeof options)[number] {
  return [name, message, key, [true, false], ['hello', 0, 1, null, [], {}]]
}

function string(
  key: string,
  message: (dict: object) => unknown[],
  name: string,
): (typeof options)[number] {
  return [name, message, key, ['', 'x'], [1, null, true, ['x'], {}]]
}

function match(name: string, message: (dict: object) => unknown[]): (typeof options)[number] {
  return [name, message, 'match', ['exact', 'prefix', 'wildcard'], ['', 'Exact', 'regex', 1, null]]
}

describe('options and details', () => {
  for (const [name, message, key, allowed, refused] of options) {
    it(`of ${name}.${key} are checked`, () => {
      for (const value of allowed) assert.equal(readings(message({ [key]: value })).length, 3)
      for (const value of refused) {
        const reason = new RegExp(`^${name.replace('.', '\\.')}\\.${key} is .*, it must be .+$`)
        refusesMessage(message({ [key]: value }), reason)
      }
    })
  }

  it('that nobody knows pass as they are', () => {
    const dict = { _custom_key: [1, { a: null }], x_other: 'y', acknowledge: true }
    for (const message of readings([16, 1, dict, 'a'])) {
      assert.deepEqual('options' in message && message.options, dict)
    }
  })

  it('are known by message type: a word of another message means nothing', () => {
    for (const message of readings([32, 1, { acknowledge: 'hello', mode: 1 }, 'a'])) {
      assert.deepEqual('options' in message && message.options, { acknowledge: 'hello', mode: 1 })
    }
  })

  it('that are marked as absent in MessagePack are absent', () => {
    // {match: undefined, get_retained: undefined, x: 1}, as msgpackr writes it.
    const hex = '94200183a56d61746368d40000ac6765745f72657461696e6564d40000a17801a161'
    const message = msgpack.decode(Buffer.from(hex, 'hex'))
    assert.deepEqual(plain(message), { type: 32, request: 1, options: { x: 1 }, topic: 'a' })
  })

  it('keep __proto__ as a key like any other', () => {
    const text = '[16,1,{"__proto__":{"acknowledge":true},"constructor":1},"a"]'
    const hex =
      '94100182a95f5f70726f746f5f5f81ab61636b6e6f776c65646765c3ab636f6e7374727563746f7201a161'
    const read = [json.decode(Buffer.from(text)), msgpack.decode(Buffer.from(hex, 'hex'))]
    for (const message of read) {
      assert.ok('options' in message)
      assert.deepEqual(Object.keys(message.options), ['__proto__', 'constructor'])
      assert.equal(message.options['acknowledge'], undefined)
      assert.equal(Object.getPrototypeOf(message.options), Object.prototype)
      assert.equal(json.encode(message).toString(), text)
      assert.equal(msgpack.encode(message).toString('hex'), hex)
    }
    assert.equal(({} as Record<string, unknown>)['acknowledge'], undefined)
  })

  it('have strings as keys, also in MessagePack', () => {
    for (const key of [1, true, null, 1.5]) {
      const dict = Buffer.concat([Buffer.from([0x81]), encode(key), Buffer.from([0x01])])
      const frame = Buffer.concat([
        Buffer.from([0x94, 0x30, 0x01]),
        dict,
        Buffer.from('a161', 'hex'),
      ])
      refuses(msgpack, frame, /a dict has a key that is not a string at byte 4/)
    }
  })

  it('are read to their depth, and the last of two equal keys counts', () => {
    const [fromJson] = [json.decode(Buffer.from('[16,1,{"retain":1,"retain":true},"a"]'))]
    assert.deepEqual('options' in fromJson && fromJson.options, { retain: true })
    refuses(json, '[16,1,{"retain":true,"retain":1},"a"]', /PUBLISH\.Options\.retain is 1/)
  })
})
