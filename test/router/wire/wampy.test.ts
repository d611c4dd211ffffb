import assert from 'node:assert/strict'
import { CborSerializer } from 'wampy/CborSerializer.js'
import { MsgpackSerializer } from 'wampy/MsgpackSerializer.js'
import { cbor } from '../../../router/wire/cbor.ts'
import { CALL, CANCEL, RESULT, type Call } from '../../../router/wire/message.ts'
import { msgpack } from '../../../router/wire/msgpack.ts'
import { Payload } from '../../../router/wire/payload.ts'
import { plain } from './plain.ts'

const wampy = new MsgpackSerializer()

function written(message: readonly unknown[]): Buffer {
  return Buffer.from(wampy.encode(message) as Uint8Array)
}

describe("MessagePack of wampy's", () => {
  it('is read with its absent options, wide dicts and ids in floats', () => {
    const options = { match: undefined, get_retained: undefined }
    assert.deepEqual(plain(msgpack.decode(written([32, 2 ** 40, options, 'a.b']))), {
      type: 32,
      request: 2 ** 40,
      options: {},
      topic: 'a.b',
    })
    const options2 = { match: 'prefix', get_retained: undefined }
    assert.deepEqual(plain(msgpack.decode(written([32, 1, options2, 'a.'])))['options'], {
      match: 'prefix',
    })
  })

  it('carries bytes, dates and big integers', () => {
    const args = [Buffer.from([1, 2]), new Date(5), 2n ** 60n, undefined, null]
    const message = msgpack.decode(
      written([CALL, 1, {}, 'a', args, { k: undefined, l: 1 }]),
    ) as Call
    assert.deepEqual(message.payload.values(), { args, kwargs: { l: 1 } })
  })

  it('is understood by it when it is ours', async () => {
    const payload = Payload.of([Buffer.from([1, 2]), new Date(5), 1.5, 'ü'], { on: true })
    const frame = msgpack.encode({ type: RESULT, request: 300, details: {}, payload })
    assert.deepEqual(await wampy.decode(frame), [
      RESULT,
      300,
      {},
      [Uint8Array.of(1, 2), new Date(5), 1.5, 'ü'],
      { on: true },
    ])
    const cancel = msgpack.encode({ type: CANCEL, request: 7, options: { mode: 'skip' } })
    assert.deepEqual(await wampy.decode(cancel), [CANCEL, 7, { mode: 'skip' }])
  })
})

const wampyCbor = new CborSerializer()

function writtenInCbor(message: readonly unknown[]): Buffer {
  return Buffer.from(wampyCbor.encode(message))
}

describe("CBOR of wampy's", () => {
  it('is read with its absent options as absent, and with ids in floats', () => {
    const frame = writtenInCbor([32, 2 ** 40, { match: undefined, get_retained: undefined }, 'a.b'])
    assert.ok(frame.includes(Buffer.from('fb4270000000000000', 'hex')))
    assert.ok(frame.includes(0xf7))
    assert.deepEqual(plain(cbor.decode(frame)), {
      type: 32,
      request: 2 ** 40,
      options: {},
      topic: 'a.b',
    })
  })

  it('carries bytes, typed arrays, dates and big integers', () => {
    const bytes = Buffer.from([1, 2])
    const args = [bytes, Uint8Array.of(3), new Date(1500), 2n ** 60n, 2n ** 70n, undefined, null]
    const message = cbor.decode(writtenInCbor([CALL, 1, {}, 'a', args, { k: undefined, l: 1 }]))
    assert.ok(message.type === CALL)
    const values = message.payload.values()
    assert.deepEqual(values.kwargs, { l: 1 })
    const [first, second, third, fourth, ...others] = values.args ?? []
    assert.deepEqual([first, second, third], [bytes, Buffer.of(3), new Date(1500)])
    assert.equal(fourth, 2n ** 60n)
    assert.deepEqual(others.slice(1), [undefined, null])
  })

  it('is understood by it when it is ours', async () => {
    const payload = Payload.of([Buffer.from([1, 2]), new Date(5), 1.5, 'ü'], { on: true })
    const frame = cbor.encode({ type: RESULT, request: 2 ** 40, details: {}, payload })
    assert.deepEqual(await wampyCbor.decode(frame), [
      RESULT,
      2 ** 40,
      {},
      [Uint8Array.of(1, 2), new Date(5), 1.5, 'ü'],
      { on: true },
    ])
  })
})
