import assert from 'node:assert/strict'
import { framePrefix, RawFrameReader } from '../../clients/rawsocket-frames.ts'

const mebibytes16 = 2 ** 24

describe('frames of RawSocket', () => {
  it('have their kind and length in front', () => {
    assert.deepEqual(framePrefix(0, 5), Buffer.from('00000005', 'hex'))
    assert.deepEqual(framePrefix(2, 0xabcdef), Buffer.from('02abcdef', 'hex'))
  })

  it('of exactly 16 MiB have a bit instead of a length', () => {
    assert.deepEqual(framePrefix(0, mebibytes16), Buffer.from('08000000', 'hex'))
    const reader = new RawFrameReader(mebibytes16)
    reader.push(Buffer.from('08000000', 'hex'))
    const half = Buffer.alloc(mebibytes16 / 2, 1)
    reader.push(half)
    assert.equal(reader.frame(), undefined)
    reader.push(half)
    assert.equal(reader.frame()?.content.length, mebibytes16)
    assert.equal(reader.frame(), undefined)
  })

  it('are refused by their prefix alone when they are longer than allowed', () => {
    const reader = new RawFrameReader(512)
    reader.push(Buffer.from('00000201', 'hex'))
    assert.throws(() => reader.frame(), /a frame of 513 bytes; allowed are 512/)
  })

  it('come out whole, however they were cut', () => {
    const texts = ['', 'a', 'bc', 'x'.repeat(300)]
    const bytes = Buffer.concat(
      texts.flatMap((text) => [framePrefix(0, text.length), Buffer.from(text)]),
    )
    for (let step = 1; step <= bytes.length; step += 1) {
      const reader = new RawFrameReader(512)
      const read: string[] = []
      for (let at = 0; at < bytes.length; at += step) {
        reader.push(bytes.subarray(at, at + step))
        for (let frame = reader.frame(); frame !== undefined; frame = reader.frame())
          read.push(String(frame.content))
      }
      assert.deepEqual(read, texts)
    }
  })
})
