import assert from 'node:assert/strict'
import { setImmediate } from 'node:timers/promises'
import { OddFrames, type OddFramesSink } from '../../../router/transports/odd-frames.ts'
import { frame } from '../../support/hand-websocket.ts'

class Found implements OddFramesSink {
  readonly found: unknown[] = []
  readonly odd: OddFrames = new OddFrames(this)

  message(data: Buffer, isBinary: boolean): void {
    this.found.push([isBinary ? 'binary' : 'text', data.toString()])
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
    odd.take(frame(2, Buffer.from('one '), { fin: false }))
    odd.take(frame(0, Buffer.from('two')).subarray(0, 8))
    assert.deepEqual(found, [])
    odd.take(frame(0, Buffer.from('two')).subarray(8))
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
      odd.take(bytes.subarray(0, 3))
      odd.take(bytes.subarray(3))
      assert.deepEqual(found, [[opcode, content]])
    }
  })

  it('that are forbidden are said to be so, once, and not at once', async () => {
    const { found, odd } = new Found()
    odd.take(Buffer.concat([frame(3, Buffer.from('x')), frame(1, Buffer.from('y'))]))
    assert.deepEqual(found, [])
    await setImmediate()
    assert.deepEqual(found, ['Invalid WebSocket frame: invalid opcode 3'])
  })
})
