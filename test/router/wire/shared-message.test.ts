import assert from 'node:assert/strict'
import { json } from '../../../router/wire/json.ts'
import { EVENT, type Message } from '../../../router/wire/message.ts'
import { msgpack } from '../../../router/wire/msgpack.ts'
import { Payload } from '../../../router/wire/payload.ts'
import { SharedMessage } from '../../../router/wire/shared-message.ts'

describe('A shared message', () => {
  const chunk = Buffer.allocUnsafeSlow(64 * 1024)
  chunk.write('["open"]', 100)
  const event = (): SharedMessage => {
    const payload = Payload.within(json, chunk, 100, 108, 1)
    const message: Message = { type: EVENT, subscription: 1, publication: 2, details: {}, payload }
    return new SharedMessage(message)
  }

  it('is one frame for all receivers that are alike', () => {
    const shared = event()
    assert.equal(shared.frameFor(json), shared.frameFor(json))
    assert.equal(shared.frameFor(msgpack), shared.frameFor(msgpack))
    assert.equal(shared.frameFor(json).toString(), '[36,1,2,{},["open"]]')
  })

  it('that waits keeps its payload alone, and means the same', () => {
    const shared = event()
    shared.keep()
    const { message } = shared
    assert(message.type === EVENT)
    assert(message.payload.tailFor(json).buffer.byteLength <= Buffer.poolSize)
    assert.equal(shared.frameFor(json).toString(), '[36,1,2,{},["open"]]')
  })
})
