import assert from 'node:assert/strict'
import { mock } from 'node:test'
import fc from 'fast-check'
import { KnownStrings } from '../../../router/wire/known-strings.ts'
import { KnownDicts } from '../../../router/wire/known-dicts.ts'
import type { Call, Message } from '../../../router/wire/message.ts'
import { Payload } from '../../../router/wire/payload.ts'
import { serializers } from '../../../router/wire/serializers.ts'

describe('KnownStrings', () => {
  it('knows bytes that were kept, wherever they lie, and holds on to nothing of the frame', () => {
    const strings = new KnownStrings()
    const frame = Buffer.from('..lamp.switch..')
    assert.equal(strings.keep(frame, 2, 13, 'lamp.switch'), 'lamp.switch')
    assert.equal(strings.get(Buffer.from('lamp.switch'), 0, 11), 'lamp.switch')
    frame.fill(0)
    assert.equal(strings.get(Buffer.from('lamp.switch'), 0, 11), 'lamp.switch')
    assert.equal(strings.get(Buffer.from('lamp.switcj'), 0, 11), undefined)
  })

  it('keeps neither what is empty nor what is long', () => {
    const strings = new KnownStrings()
    for (const text of ['', 'x'.repeat(65)]) {
      const frame = Buffer.from(text)
      assert.equal(strings.keep(frame, 0, frame.length, text), text)
      assert.equal(strings.get(frame, 0, frame.length), undefined)
    }
  })

  it('never takes one name for another, whatever was read before, in each serializer', () => {
    const names = fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 70 }),
      // Alike in length and in most bytes, as the names of many devices are.
      fc.nat(99_999).map((n) => `device.${String(n).padStart(5, '0')}.switch`),
    )
    fc.assert(
      fc.property(fc.array(names, { minLength: 1, maxLength: 40 }), (all) => {
        for (const serializer of serializers) {
          for (const procedure of all) {
            const call: Call = {
              type: 48,
              request: 1,
              options: {},
              procedure,
              payload: Payload.empty,
            }
            const read = serializer.decode(serializer.encode(call)) as Call
            assert.equal(read.procedure, procedure)
          }
        }
      }),
      { numRuns: 300 },
    )
  })

  it('are not asked to keep what is said before there is a session: it can be a ticket', () => {
    const strings = mock.method(KnownStrings.prototype, 'keep')
    const dicts = mock.method(KnownDicts.prototype, 'keep')
    try {
      for (const serializer of serializers) {
        const { name } = serializer
        const read = (message: Message): Message => serializer.decode(serializer.encode(message))
        const proof: Message = { type: 5, signature: `ticket ${name}`, extra: { code: `${name}!` } }
        assert.deepEqual(read(proof), proof)
        read({ type: 1, realm: `home of ${name}`, details: { authid: `somebody ${name}` } })
        read({ type: 64, request: 1, options: { x_room: name }, procedure: `lamp.${name}` })
      }
      const kept = [...strings.mock.calls, ...dicts.mock.calls].map((call) => call.arguments[3])
      const names = serializers.map(({ name }) => name)
      assert.deepEqual(kept, [
        ...names.map((name) => `lamp.${name}`),
        ...names.map((name) => ({ x_room: name })),
      ])
    } finally {
      mock.restoreAll()
    }
  })
})
