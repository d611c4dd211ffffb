import assert from 'node:assert/strict'
import { setImmediate } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { OddFrames, type OddFramesSink } from '../../../router/transports/odd-frames.ts'
import { frame } from '../../support/hand-websocket.ts'

class Found implements OddFramesSink {
  readonly found: unknown[] = []
  readonly odd: OddFrames = new OddFrames(this)

  message(isBinary: boolean, bytes: Buffer): void {
    this.found.push([isBinary ? 'binary' : 'text', bytes.toString()])
  }

  control(opcode: number, content: Buffer): void {
    this.found.push([opcode, content.toString('hex')])
  }

  forbidden(message: string): void {
    this.found.push(message)
  }
}

describe('Odd frames', () => {
  it('make a message when the last of its fragments is here, and the last octet of that, at once', () => {
    const { found, odd } = new Found()
    odd.take(frame(2, Buffer.from('one '), { fin: false }), true)
    odd.take(frame(0, Buffer.from('two')).subarray(0, 8), false)
    assert.deepEqual(found, [])
    odd.take(frame(0, Buffer.from('two')).subarray(8), true)
    assert.deepEqual(found, [['binary', 'one two']])
  })

  it('that control the connection are told with what they carry, a close frame with its code', () => {
    for (const [opcode, content] of [
      [8, ''],
      [8, '03e8'],
      [8, '03e9676f6e65'],
      [9, '70'],
      [10, ''],
    ] as const) {
      const { found, odd } = new Found()
      const bytes = frame(opcode, Buffer.from(content, 'hex'))
      odd.take(bytes.subarray(0, 3), false)
      odd.take(bytes.subarray(3), true)
      assert.deepEqual(found, [[opcode, content]])
    }
  })

  it('that are forbidden are said to be so, once, and not at once', async () => {
    const { found, odd } = new Found()
    odd.take(Buffer.concat([frame(3, Buffer.from('x')), frame(1, Buffer.from('y'))]), true)
    assert.deepEqual(found, [])
    await setImmediate()
    assert.deepEqual(found, ['Invalid WebSocket frame: invalid opcode 3'])
  })

  it('that come octet by octet take no longer for it, however long they are', () => {
    const { found, odd } = new Found()
    const text = 'x'.repeat(1024 * 1024)
    const bytes = frame(1, Buffer.from(text))
    const began = performance.now()
    for (let at = 0; at < bytes.length; at++)
      odd.take(bytes.subarray(at, at + 1), at + 1 === bytes.length)
    assert.deepEqual(found, [['text', text]])
    // Of a tenth of them, given to ws one by one, nobody else was heard for 16 seconds.
    assert(performance.now() - began < 3_000)
  })

  it('keep nothing of what came in beside them as long as their message is not whole', async () => {
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void
    const { found, odd } = new Found()
    collect()
    await setImmediate()
    collect()
    const before = process.memoryUsage().arrayBuffers
    for (let i = 0; i < 500; i++) {
      const fragment = frame(i === 0 ? 1 : 0, Buffer.from('x'), { fin: false })
      const chunk = Buffer.allocUnsafeSlow(64 * 1024)
      chunk.set(fragment)
      odd.take(chunk.subarray(0, fragment.length), true)
    }
    // The memory of buffers is given back beside us.
    collect()
    await setImmediate()
    collect()
    const keptMiB = (process.memoryUsage().arrayBuffers - before) / 2 ** 20
    assert(keptMiB < 4, `${keptMiB} MiB are kept`)
    odd.take(frame(0, Buffer.from('!')), true)
    assert.deepEqual(found, [['text', `${'x'.repeat(500)}!`]])
  })

  it('are fragments of one message up to a bound, also those that are empty', async () => {
    const { found, odd } = new Found()
    const begin = frame(1, Buffer.from('x'), { fin: false })
    const empty = frame(0, Buffer.alloc(0), { fin: false })
    odd.take(begin, true)
    for (let i = 1; i < 16_384; i++) odd.take(empty, true)
    await setImmediate()
    assert.deepEqual(found, [])
    odd.take(empty, true)
    await setImmediate()
    assert.deepEqual(found, ['Too many message fragments'])
  })
})
