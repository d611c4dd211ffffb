import assert from 'node:assert/strict'
import fc from 'fast-check'
import { batchFraming, single } from '../../../router/wire/batch.ts'
import { WampError } from '../../../router/wire/errors.ts'
import { json } from '../../../router/wire/json.ts'
import { msgpack } from '../../../router/wire/msgpack.ts'
import { chooseSubprotocol, subprotocols } from '../../../router/wire/subprotocols.ts'

const ofJson = batchFraming(json)
const ofBinary = batchFraming(msgpack)

function texts(batch: Iterable<Buffer>): string[] {
  return [...batch].map((frame) => frame.toString('latin1'))
}

function refuses(split: () => unknown, reason: RegExp): void {
  assert.throws(
    split,
    (error) =>
      error instanceof WampError &&
      error.uri === 'wamp.error.protocol_violation' &&
      reason.test(error.message),
  )
}

describe('a batch of JSON messages', () => {
  it('has 0x1e, the record separator, after each message, also after the last and the only one', () => {
    const frames = ['[67,1]', '[67,2]', '[]'].map((text) => Buffer.from(text))
    assert.equal(ofJson.join(frames).toString(), '[67,1]\x1e[67,2]\x1e[]\x1e')
    assert.equal(ofJson.join(frames.slice(0, 1)).toString(), '[67,1]\x1e')
    assert.deepEqual(texts(ofJson.split(Buffer.from('[67,1]\x1e[67,2]\x1e'))), ['[67,1]', '[67,2]'])
  })

  it('is read with 0x18 too, which clients send that took "\\30" for octal, but never written so', () => {
    assert.deepEqual(texts(ofJson.split(Buffer.from('[67,1]\x18[67,2]\x18'))), ['[67,1]', '[67,2]'])
    // One client has one separator: the other is no more than an octet that JSON has nowhere.
    const [mixed] = texts(ofJson.split(Buffer.from('[67,1]\x18[67,2]\x1e')))
    assert.equal(mixed, '[67,1]\x18[67,2]')
    refuses(() => json.decode(Buffer.from(mixed ?? '')), /0x18 is not allowed/)
  })

  it('that does not end with a separator is refused', () => {
    for (const text of ['[67,1]', '[67,1]\x1e[67,2]', '[67,1]\n', '\x1e ']) {
      refuses(() => ofJson.split(Buffer.from(text)), /must end with 0x1e/)
    }
  })
})

describe('a batch of MessagePack or CBOR messages', () => {
  it('has before each its length in four octets, the highest first', () => {
    const frames = [Buffer.from('924301', 'hex'), Buffer.alloc(300, 0xc0)]
    const batch = ofBinary.join(frames)
    assert.equal(batch.subarray(0, 11).toString('hex'), '000000039243010000012c')
    assert.equal(batch.length, 4 + 3 + 4 + 300)
    assert.deepEqual(Array.from(ofBinary.split(batch)), frames)
    assert.equal(ofBinary.join(frames.slice(0, 1)).toString('hex'), '00000003924301')
  })

  it('that ends in the middle of a length or of a message is refused, whatever is announced', () => {
    const whole = Buffer.from('0000000392430100000003924302', 'hex')
    for (let end = 1; end < whole.length; end++) {
      if (end === 7) continue
      refuses(
        () => ofBinary.split(whole.subarray(0, end)),
        /in the middle of a length|only \d+ follow/,
      )
    }
    refuses(
      () => ofBinary.split(Buffer.from('ffffffff924301', 'hex')),
      /4294967295 bytes at byte 0/,
    )
    refuses(() => ofBinary.split(Buffer.from('0000000392430100', 'hex')), /a length, at byte 7/)
  })

  it('is looked through before its first message is taken', () => {
    refuses(() => ofBinary.split(Buffer.from('0000000392430100000009c0', 'hex')), /only 1 follow/)
  })
})

describe('any batch', () => {
  it('without a message is refused', () => {
    for (const framing of [ofJson, ofBinary]) {
      refuses(() => framing.split(Buffer.alloc(0)), /a batch has no message/)
    }
  })

  it('gives back the messages of which it was made', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 40 }), { minLength: 1 }), (messages) => {
        const frames = messages.map((bytes) => Buffer.from(bytes))
        assert.deepEqual(Array.from(ofBinary.split(ofBinary.join(frames))), frames)
        const plain = frames.map((frame) => Buffer.from(frame.map((byte) => byte | 0x20)))
        assert.deepEqual(Array.from(ofJson.split(ofJson.join(plain))), plain)
      }),
    )
  })

  it('of a million octets is taken apart one message at a time', () => {
    const tiny = Buffer.from('0000000190'.repeat(200_000), 'hex')
    let count = 0
    for (const frame of ofBinary.split(tiny)) {
      assert.equal(frame.buffer, tiny.buffer)
      if (++count === 3) break
    }
    assert.equal(count, 3)
  })
})

describe('the table of subprotocols', () => {
  it('has each serializer plain and batched', () => {
    for (const { name, serializer, framing } of subprotocols.values()) {
      const batched = name.endsWith('.batched')
      assert.equal(name, `${serializer.subprotocol}${batched ? '.batched' : ''}`)
      assert.equal(framing, batched ? batchFraming(serializer) : single)
      assert.equal(framing.batched, batched)
    }
    assert.equal(batchFraming(json), ofJson)
    assert.notEqual(ofJson, ofBinary)
  })

  it('gives the first that a client offers and the router knows, in the order of the client', () => {
    assert.equal(
      chooseSubprotocol(['wamp.2.ubjson', 'wamp.2.msgpack', 'wamp.2.json'])?.name,
      'wamp.2.msgpack',
    )
    assert.equal(
      chooseSubprotocol(['wamp.2.json.batched', 'wamp.2.json'])?.name,
      'wamp.2.json.batched',
    )
    assert.equal(chooseSubprotocol(['', 'json', 'WAMP.2.JSON', 7, null]), undefined)
    assert.equal(chooseSubprotocol([]), undefined)
  })

  it('leaves a message that is alone as it is', () => {
    const frame = Buffer.from('[67,1]')
    assert.equal(single.join([frame]), frame)
    assert.deepEqual(Array.from(single.split(frame)), [frame])
  })
})
