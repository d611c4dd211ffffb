import assert from 'node:assert/strict'
import { once } from 'node:events'
import { decode, encode } from '@msgpack/msgpack'
import WebSocket from 'ws'
import { startOpenRouter, type OpenRouter } from '../../support/open-router.ts'
import { allRoles, type Wire } from '../../support/wamp-client.ts'

interface Frame {
  readonly bytes: Buffer
  readonly isBinary: boolean
}

/** Frames as they come, for who sees what is in each of them. */
class Frames {
  readonly socket: WebSocket
  readonly #came: Frame[] = []

  private constructor(socket: WebSocket) {
    this.socket = socket
    socket.on('message', (bytes: Buffer, isBinary) => this.#came.push({ bytes, isBinary }))
  }

  static async open(url: string, subprotocol: string): Promise<Frames> {
    const frames = new Frames(new WebSocket(url, [subprotocol]))
    await once(frames.socket, 'open')
    assert.equal(frames.socket.protocol, subprotocol)
    return frames
  }

  async take(count: number): Promise<Frame[]> {
    while (this.#came.length < count) await once(this.socket, 'message')
    return this.#came.splice(0, count)
  }
}

/** Asked for in one go: joins, registers, calls itself. */
const script: readonly Wire[] = [
  [1, 'realm1', { roles: allRoles }],
  [64, 1, {}, 'lamp.switch'],
  [32, 2, {}, 'house.door'],
  [48, 3, {}, 'lamp.switch', ['on'], { fade: true }],
]

describe('A WebSocket subprotocol', () => {
  let open: OpenRouter
  before(async () => (open = await startOpenRouter()))
  after(() => open.stop())

  it('wamp.2.json is negotiated in the handshake, and has one message in each text frame', async () => {
    const frames = await Frames.open(open.url, 'wamp.2.json')
    for (const message of script) frames.socket.send(JSON.stringify(message))
    const came = await frames.take(4)
    assert(came.every(({ isBinary }) => !isBinary))
    const messages = came.map(({ bytes }) => JSON.parse(bytes.toString()) as Wire)
    assert.deepEqual(
      messages.map(([type]) => type),
      [2, 65, 33, 68],
    )
    assert.deepEqual(messages[3]?.slice(3), [{}, ['on'], { fade: true }])
    frames.socket.terminate()
  })

  it('wamp.2.msgpack has one message in each binary frame, its strings and bytes told apart', async () => {
    const frames = await Frames.open(open.url, 'wamp.2.msgpack')
    for (const message of script) frames.socket.send(encode(message))
    const came = await frames.take(4)
    assert(came.every(({ isBinary }) => isBinary))
    // decode() refuses anything that follows the message.
    const messages = came.map(({ bytes }) => decode(bytes) as Wire)
    assert.deepEqual(
      messages.map(([type]) => type),
      [2, 65, 33, 68],
    )
    const bytes = Uint8Array.of(0x6f, 0x6e)
    frames.socket.send(encode([48, 4, {}, 'lamp.switch', ['on', bytes]]))
    const [invocation] = await frames.take(1)
    assert.deepEqual((decode(invocation?.bytes ?? []) as Wire)[4], ['on', Buffer.from(bytes)])
    // A string is a str, bytes are a bin (MessagePack 5), of the same two octets.
    assert(invocation?.bytes.includes(Buffer.of(0x92, 0xa2, 0x6f, 0x6e, 0xc4, 2, 0x6f, 0x6e)))
    frames.socket.terminate()
  })
})
