import assert from 'node:assert/strict'
import {
  bare,
  rawSocket,
  webSocketBinary,
  webSocketText,
  withHead,
  type FrameHead,
} from '../../../router/wire/frame-head.ts'
import { emptyDict } from '../../../router/wire/message.ts'
import { Payload } from '../../../router/wire/payload.ts'
import { serializers } from '../../../router/wire/serializers.ts'
import { Receiver } from '../../support/ws-receiver.ts'

const lengths = [0, 1, 125, 126, 65_535, 65_536, 70_000]

/** What a client's receiver of ws makes of a frame. */
function received(frame: Buffer): { data: Buffer; isBinary: boolean } | undefined {
  let found: { data: Buffer; isBinary: boolean } | undefined
  const receiver = new Receiver({ isServer: false })
  receiver.on('message', (data: Buffer, isBinary: boolean) => (found = { data, isBinary }))
  receiver.write(frame)
  return found
}

describe('A frame’s head', () => {
  it('of WebSocket makes one unmasked message of any length, text or binary', () => {
    for (const length of lengths) {
      const message = Buffer.alloc(length, 0x61)
      assert.deepEqual(received(withHead(message, webSocketText)), {
        data: message,
        isBinary: false,
      })
      assert.deepEqual(received(withHead(message, webSocketBinary)), {
        data: message,
        isBinary: true,
      })
    }
  })

  it('of RawSocket is kind and length, with the bit for exactly 16 MiB', () => {
    const head = (length: number): string => {
      const frame = Buffer.alloc(rawSocket.room(length), 0xff)
      rawSocket.write(frame, 0, length)
      return frame.toString('hex')
    }
    const heads = [0, 1, 65_536, 2 ** 24 - 1, 2 ** 24].map(head)
    assert.deepEqual(heads, ['00000000', '00000001', '00010000', '00ffffff', '08000000'])
  })

  it('of nothing leaves a message as it is', () => {
    const message = Buffer.from('[1]')
    assert.equal(withHead(message, bare), message)
  })

  it('is written by each serializer before what it writes without one', () => {
    const heads: readonly FrameHead[] = [webSocketText, webSocketBinary, rawSocket]
    for (const serializer of serializers) {
      for (const length of [...lengths, 120, 122]) {
        for (const details of [emptyDict, { topic: 'a'.repeat(80) }]) {
          const payload = Payload.of(['x'.repeat(length)])
          const event = {
            type: 36,
            subscription: 1,
            publication: 2 ** 40,
            details,
            payload,
          } as const
          const alone = serializer.encode(event)
          for (const head of heads) {
            assert.deepEqual(serializer.encode(event, head), withHead(alone, head))
          }
        }
      }
    }
  })
})
