import assert from 'node:assert/strict'
import fc from 'fast-check'
import { unmask, unmaskLong } from '../../../router/transports/unmask.ts'

/** As RFC 6455, 5.3, has it. */
function unmasked(bytes: Buffer, mask: number, start: number, stop: number): Buffer {
  const expected = Buffer.from(bytes)
  for (let i = start; i < stop; i++) {
    expected[i] = (bytes[i] ?? 0) ^ (bytes[mask + ((i - start) % 4)] ?? 0)
  }
  return expected
}

describe('unmask', () => {
  it('gives what the standard says for any length, wherever in memory the content lies, with and without native code', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 700, maxLength: 700 }),
        fc.nat(9),
        fc.nat(20),
        fc.nat(600),
        (content, offset, before, length) => {
          const bytes = Buffer.from(content).subarray(offset)
          const start = 4 + before
          const stop = start + length
          const expected = unmasked(bytes, before, start, stop)
          const other = Buffer.from(content).subarray(offset)
          unmask(bytes, before, start, stop)
          assert.deepEqual(bytes, expected)
          if (length < 4) return
          unmaskLong(other, before, start, stop)
          assert.deepEqual(other, expected)
        },
      ),
      { numRuns: 2_000 },
    )
  })

  it('touches nothing before and behind the content', () => {
    const bytes = Buffer.alloc(2_000, 0xaa)
    unmask(bytes, 1, 7, 1_900)
    assert.deepEqual(bytes.subarray(0, 7), Buffer.alloc(7, 0xaa))
    assert.deepEqual(bytes.subarray(7, 1_900), Buffer.alloc(1_893))
    assert.deepEqual(bytes.subarray(1_900), Buffer.alloc(100, 0xaa))
  })
})
