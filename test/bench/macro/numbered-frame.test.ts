import assert from 'node:assert/strict'
import { masked, NumberedFrame } from '../../../bench/macro/numbered-frame.ts'
import { Receiver } from '../../support/ws-receiver.ts'

/** What `ws` reads in frames of a client. */
function read(frames: Buffer): string[] {
  const found: string[] = []
  const receiver = new Receiver({ isServer: true })
  receiver.on('message', (data: Buffer, isBinary: boolean) => {
    found.push(`${isBinary ? 'binary' : 'text'} ${data.toString()}`)
  })
  receiver.write(frames)
  return found
}

describe('A frame around a number', () => {
  for (const length of [1, 200])
    it(`says the text around the number, whatever its digits (${length} characters behind it)`, () => {
      const after = `,${'x'.repeat(length)}]`
      const frame = new NumberedFrame('[48,', after)
      const out = Buffer.alloc(10_000)
      let at = 3
      const numbers = ['1', '9', '10', '4503599627370496', '77', '5']
      for (const number of numbers) {
        const source = Buffer.from(`..${number}..`)
        const stop = frame.write(out, at, source, 2, 2 + number.length)
        assert.equal(stop - at, frame.lengthFor(number.length))
        at = stop
      }
      assert.deepEqual(
        read(out.subarray(3, at)),
        numbers.map((number) => `text [48,${number}${after}`),
      )
    })
})

describe('A masked frame', () => {
  it('says its content, short and long', () => {
    for (const length of [0, 125, 126, 4_000]) {
      const content = Buffer.alloc(length, 'ab')
      assert.deepEqual(read(masked(1, content, Buffer.of(1, 2, 3, 255))), [
        `text ${content.toString()}`,
      ])
    }
  })
})
