import assert from 'node:assert/strict'
import { MsgpackSerializer } from 'wampy/MsgpackSerializer.js'
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
