import assert from 'node:assert/strict'
import { once } from 'node:events'
import { PassThrough } from 'node:stream'
import { LastWords } from '../../../bench/macro/last-words.ts'

describe('The last words of a program', () => {
  async function behind(...chunks: readonly string[]): Promise<string> {
    const stream = new PassThrough()
    const words = new LastWords(stream)
    for (const chunk of chunks) stream.write(chunk)
    stream.end()
    await once(stream, 'end')
    return words.behind('it died')
  }

  it('stand behind what is told of it, in one line', async () =>
    assert.equal(await behind('no\n\tPython ', '\u001b here\r\n'), 'it died: no Python here'))

  it('are left out where there are none', async () => {
    assert.equal(await behind(), 'it died')
    assert.equal(await behind('\n'), 'it died')
    assert.equal(new LastWords(null).behind('it died'), 'it died')
  })

  it('are the last KiB of all that it wrote', async () => {
    const many = Array.from({ length: 100 }, () => 'x'.repeat(1_000))
    assert.equal(await behind('first', ...many, 'last'), `it died: ${'x'.repeat(1_020)}last`)
  })
})
