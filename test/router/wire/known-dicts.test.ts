import assert from 'node:assert/strict'
import { KnownDicts } from '../../../router/wire/known-dicts.ts'
import type { Publish } from '../../../router/wire/message.ts'
import { json } from '../../../router/wire/json.ts'
import { serializers } from '../../../router/wire/serializers.ts'

/** A PUBLISH with these options, as it comes in. */
function optionsOf(text: string): Publish['options'] {
  return (json.decode(Buffer.from(`[16,1,${text},"a"]`)) as Publish).options
}

describe('KnownDicts', () => {
  const dicts = new KnownDicts()
  const bytes = Buffer.from('..{"a":true}..')

  it('knows bytes that were kept, wherever they lie, and no others', () => {
    dicts.keep(bytes, 2, 12, { a: true })
    assert.deepEqual(dicts.get(Buffer.from('{"a":true}'), 0, 10), { a: true })
    assert.equal(dicts.get(Buffer.from('{"b":true}'), 0, 10), undefined)
    assert.equal(dicts.get(Buffer.from('{"a":true} '), 0, 11), undefined)
  })

  it('holds on to nothing of the frame, which may be used again', () => {
    const frame = Buffer.from('{"a":true}')
    dicts.keep(frame, 0, 10, { a: true })
    frame.fill(0)
    assert.equal(dicts.get(frame, 0, 10), undefined)
    assert.deepEqual(dicts.get(Buffer.from('{"a":true}'), 0, 10), { a: true })
  })

  it('keeps neither what is long nor what has lists or dicts in it, and freezes what it keeps', () => {
    const long = Buffer.from(`{"a":"${'x'.repeat(60)}"}`)
    dicts.keep(long, 0, long.length, { a: 'x'.repeat(60) })
    assert.equal(dicts.get(long, 0, long.length), undefined)
    for (const [text, value] of [
      ['{"a":[1]}', { a: [1] }],
      ['{"a":{}}', { a: {} }],
      ['[1]', [1]],
    ] as const) {
      const read = dicts.keep(Buffer.from(text), 0, text.length, value)
      assert.equal(read, value)
      assert.equal(dicts.get(Buffer.from(text), 0, text.length), undefined)
      assert.equal(Object.isFrozen(read), false)
    }
    assert.ok(Object.isFrozen(dicts.keep(bytes, 2, 12, { a: true })))
  })

  it('gives two messages with the same options one dict, in each serializer, and others their own', () => {
    for (const serializer of serializers) {
      const frame = (options: Publish['options']): Buffer =>
        serializer.encode({ ...(json.decode(Buffer.from('[16,1,{},"a"]')) as Publish), options })
      const read = (options: Publish['options']): unknown =>
        (serializer.decode(frame(options)) as Publish).options
      assert.equal(read({ acknowledge: true }), read({ acknowledge: true }))
      assert.deepEqual(read({ acknowledge: false }), { acknowledge: false })
      assert.deepEqual(read({ acknowledge: true }), { acknowledge: true })
      assert.deepEqual(read({ eligible: [1] }), { eligible: [1] })
    }
  })

  it('lets wrong options through at no time, however often they come', () => {
    for (let i = 0; i < 3; i++) {
      assert.deepEqual(optionsOf('{"retain":true}'), { retain: true })
      assert.throws(() => optionsOf('{"retain":1234}'), /PUBLISH.Options.retain is 1234/)
    }
    // What one message type may have, another may not.
    assert.deepEqual(optionsOf('{"timeout":-1}'), { timeout: -1 })
    assert.throws(
      () => json.decode(Buffer.from('[48,1,{"timeout":-1},"a"]')),
      /CALL.Options.timeout/,
    )
  })
})
