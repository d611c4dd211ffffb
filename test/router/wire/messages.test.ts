import assert from 'node:assert/strict'
import { cbor } from '../../../router/wire/cbor.ts'
import { json } from '../../../router/wire/json.ts'
import { emptyDict, YIELD } from '../../../router/wire/message.ts'
import { msgpack } from '../../../router/wire/msgpack.ts'
import type { PayloadValues } from '../../../router/wire/payload.ts'
import { messageTable } from './message-table.ts'
import { plain } from './plain.ts'

const knownTypes = 24

describe('every message type on the wire', () => {
  it('is in the table', () => {
    assert.equal(new Set(messageTable.map(({ message }) => message.type)).size, knownTypes)
  })

  for (const forms of messageTable) {
    it(`${forms.title} is written as these bytes`, () => {
      assert.equal(json.encode(forms.message).toString(), forms.json)
      assert.equal(msgpack.encode(forms.message).toString('hex'), forms.msgpack)
      assert.equal(cbor.encode(forms.message).toString('hex'), forms.cbor)
    })

    it(`${forms.title} is read from these bytes`, () => {
      const fromJson = json.decode(Buffer.from(forms.json))
      const fromMsgpack = msgpack.decode(Buffer.from(forms.msgpack, 'hex'))
      const fromCbor = cbor.decode(Buffer.from(forms.cbor, 'hex'))
      const expected = plain(forms.message)
      // A payload of ArgumentsKw alone goes out with an empty list before it.
      const payload = expected['payload'] as PayloadValues | undefined
      if (payload?.kwargs !== undefined)
        expected['payload'] = { ...payload, args: payload.args ?? [] }
      assert.deepEqual(plain(fromJson), expected)
      assert.deepEqual(plain(fromMsgpack), expected)
      assert.deepEqual(plain(fromCbor), expected)
    })

    it(`${forms.title} passes from one serializer to the next and back`, () => {
      const inMsgpack = msgpack.encode(json.decode(Buffer.from(forms.json)))
      assert.equal(inMsgpack.toString('hex'), forms.msgpack)
      const inCbor = cbor.encode(msgpack.decode(inMsgpack))
      assert.equal(inCbor.toString('hex'), forms.cbor)
      assert.equal(json.encode(cbor.decode(inCbor)).toString(), forms.json)
    })
  }

  it('shares one dictionary among messages that have nothing in theirs', () => {
    const fromJson = json.decode(Buffer.from('[70,1,{}]'))
    const fromMsgpack = msgpack.decode(Buffer.from('93460180', 'hex'))
    assert.equal(fromJson.type === YIELD && fromJson.options, emptyDict)
    assert.equal(fromMsgpack.type === YIELD && fromMsgpack.options, emptyDict)
    const fromCbor = cbor.decode(Buffer.from('83184601a0', 'hex'))
    assert.equal(fromCbor.type === YIELD && fromCbor.options, emptyDict)
  })
})
