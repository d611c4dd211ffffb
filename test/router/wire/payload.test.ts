import assert from 'node:assert/strict'
import type { FrameHead } from '../../../router/wire/frame-head.ts'
import type { FrameSpace } from '../../../router/wire/frame-space.ts'
import { Payload, type PayloadValues } from '../../../router/wire/payload.ts'
import { json } from '../../../router/wire/json.ts'
import { EVENT, emptyDict, type Message } from '../../../router/wire/message.ts'
import { msgpack } from '../../../router/wire/msgpack.ts'
import type { Serializer } from '../../../router/wire/serializer.ts'
import { SharedMessage } from '../../../router/wire/shared-message.ts'

/** MessagePack that counts how often it is asked for what. */
class CountingSerializer implements Serializer {
  readonly name = 'msgpack'
  readonly subprotocol = msgpack.subprotocol
  readonly rawSocketId = msgpack.rawSocketId
  readonly binary = true
  readonly counts = { encode: 0, encodeTail: 0, decodeTail: 0 }

  decode(frame: Buffer): Message {
    return msgpack.decode(frame)
  }

  encode(message: Message): Buffer {
    this.counts.encode++
    return msgpack.encode(message)
  }

  encodeInto(space: FrameSpace, message: Message, head: FrameHead): number {
    this.counts.encode++
    return msgpack.encodeInto(space, message, head)
  }

  encodeTail(values: PayloadValues): Buffer {
    this.counts.encodeTail++
    return msgpack.encodeTail(values)
  }

  decodeTail(tail: Buffer, count: number): PayloadValues {
    this.counts.decodeTail++
    return msgpack.decodeTail(tail, count)
  }
}

describe('a payload', () => {
  it('is not decoded on its way between peers of one serializer', () => {
    const serializer = new CountingSerializer()
    const tail = Buffer.from('9101', 'hex')
    const payload = Payload.raw(serializer, tail, 1)
    assert.equal(payload.tailFor(serializer), tail)
    assert.deepEqual(serializer.counts, { encode: 0, encodeTail: 0, decodeTail: 0 })
  })

  it('is transcoded once for each other serializer, however many receivers there are', () => {
    const from = new CountingSerializer()
    const to = new CountingSerializer()
    const payload = Payload.raw(from, Buffer.from('9101', 'hex'), 1)
    assert.equal(payload.tailFor(to), payload.tailFor(to))
    assert.equal(payload.tailFor(json), payload.tailFor(json))
    assert.equal(payload.tailFor(json).toString(), '[1]')
    assert.deepEqual(payload.values(), { args: [1] })
    assert.equal(from.counts.decodeTail, 1)
    assert.equal(to.counts.encodeTail, 1)
  })

  it('counts its elements', () => {
    assert.equal(Payload.of().count, 0)
    assert.equal(Payload.of([]).count, 1)
    assert.equal(Payload.of(undefined, {}).count, 2)
    assert.equal(Payload.raw(json, Buffer.alloc(0), 0), Payload.empty)
    assert.deepEqual(Payload.empty.values(), {})
  })
})

describe('a message for many', () => {
  it('is encoded once per serializer', () => {
    const serializer = new CountingSerializer()
    const shared = new SharedMessage({
      type: EVENT,
      subscription: 1,
      publication: 2,
      details: emptyDict,
      payload: Payload.of(['on']),
    })
    assert.equal(shared.frameFor(serializer), shared.frameFor(serializer))
    assert.equal(shared.frameFor(json), shared.frameFor(json))
    assert.equal(shared.frameFor(json).toString(), '[36,1,2,{},["on"]]')
    assert.equal(serializer.counts.encode, 1)
  })

  it('that is kept is copied out of what came in with it, if that is much more', () => {
    const chunk = Buffer.allocUnsafeSlow(64 * 1024)
    chunk.write('["on"]', 100)
    const small = Payload.within(json, chunk, 100, 106, 1)
    const kept = small.kept()
    assert.equal(kept.tailFor(json).toString(), '["on"]')
    assert(kept.tailFor(json).buffer.byteLength <= Buffer.poolSize)
    assert.equal(kept.kept(), kept)
    const large = Payload.within(json, chunk, 0, 60 * 1024, 1)
    assert.equal(large.kept(), large)
    assert.equal(Payload.empty.kept(), Payload.empty)
  })
})
