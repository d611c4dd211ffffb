import assert from 'node:assert/strict'
import { Constant } from '../../../router/wire/constant.ts'
import {
  CHALLENGE,
  INVOCATION,
  type Dict,
  type InvocationMessage,
} from '../../../router/wire/message.ts'
import { Payload } from '../../../router/wire/payload.ts'
import { webSocketText } from '../../../router/wire/frame-head.ts'
import { serializers } from '../../../router/wire/serializers.ts'

const value: Dict = {
  broker: { features: { event_history: true, name: 'grüße', none: undefined } },
  numbers: [1, -1, 2 ** 40, 0.5],
  many: Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`feature_${i}`, i % 2 === 0])),
}

describe('A constant of a message', () => {
  const encoded = (serializer: (typeof serializers)[number], extra: Dict): Buffer =>
    serializer.encode({ type: CHALLENGE, method: 'ticket', extra })

  for (const serializer of serializers) {
    it(`goes out as the dict that it stands for, each time and wherever it stands, in ${serializer.name}`, () => {
      const constant = new Constant(value)
      const places: ((one: unknown) => Dict)[] = [
        (one) => ({ one }),
        (one) => ({ before: 'x', list: [[one], one], after: { deep: { one } } }),
        (one) => ({ one }),
      ]
      for (const place of places) {
        assert.deepEqual(encoded(serializer, place(constant)), encoded(serializer, place(value)))
      }
    })
  }

  for (const serializer of serializers) {
    it(`ends the head of an INVOCATION as the dict itself would, whatever comes behind it, in ${serializer.name}`, () => {
      const constant = new Constant(value)
      const payloads = [
        Payload.empty,
        Payload.of(['on']),
        Payload.of([], { fade: 1 }),
        Payload.of(['x'.repeat(100_000)]),
      ]
      for (const payload of payloads) {
        for (const request of [1, 1_000_000, 2 ** 53]) {
          const message: InvocationMessage = {
            type: INVOCATION,
            request,
            registration: 7,
            details: value,
            payload,
          }
          const plain = serializer.encode(message, webSocketText)
          const again = serializer.encode({ ...message, constant }, webSocketText)
          assert.deepEqual(again, plain)
        }
      }
    })
  }

  it('is written once by each codec', () => {
    const dict: Record<string, unknown> = { count: 1 }
    const constant = new Constant(dict)
    const before = serializers.map((serializer) => encoded(serializer, { constant }))
    dict['count'] = 2
    const after = serializers.map((serializer) => encoded(serializer, { constant }))
    assert.deepEqual(after, before)
  })
})
