import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import WebSocket from 'ws'
import { closed } from '../../support/closed.ts'
import { frame, joinedByHand } from '../../support/hand-websocket.ts'
import { startOpenRouter, type OpenRouter } from '../../support/open-router.ts'
import { until } from '../../support/until.ts'
import { allRoles } from '../../support/wamp-client.ts'

const pingMs = 25

function hello(): Buffer {
  return Buffer.from(JSON.stringify([1, 'realm1', { roles: allRoles }]))
}

describe('Pings to a silent peer', () => {
  let open: OpenRouter

  beforeEach(async () => {
    open = await startOpenRouter({ limits: { pingMs, messagesPerSecond: 20 } })
  })
  afterEach(() => open.stop())

  const longTime = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, pingMs * 8))

  it('over WebSocket: two without an answer close it, and its session is gone', async () => {
    const socket = new WebSocket(open.url, 'wamp.2.json', { autoPong: false })
    await once(socket, 'open')
    socket.send(hello().toString())
    let pings = 0
    socket.on('ping', () => pings++)
    const [code] = await once(socket, 'close')
    assert.equal(code, 1006)
    assert.equal(pings, 2)
    await until(() => open.realm1.sessions.size === 0)
  })

  it('over WebSocket: who answers lives on, and so does who sends anything at all', async () => {
    const client = await open.join()
    const mute = new WebSocket(open.url, 'wamp.2.json', { autoPong: false })
    await once(mute, 'open')
    mute.send(hello().toString())
    const talking = setInterval(() => mute.ping(), pingMs)
    await longTime()
    assert.deepEqual(await client.settle(), [])
    assert.equal(open.realm1.sessions.size, 2)
    clearInterval(talking)
    mute.terminate()
  })

  it('over WebSocket: who is in the middle of a long message, where no pong can be, lives on', async () => {
    const { socket } = await joinedByHand(open)
    const [begin, more] = [frame(1, Buffer.from('['), { length: 1_000 }), Buffer.from(' ')]
    socket.write(begin)
    const slowly = setInterval(() => socket.write(more), pingMs)
    await longTime()
    assert.equal(open.realm1.sessions.size, 1)
    clearInterval(slowly)
    await closed(socket)
    await until(() => open.realm1.sessions.size === 0)
  })

  it('over RawSocket: two without an answer close it, and its session is gone', async () => {
    const client = await open.connectRaw()
    await client.join()
    await client.closed
    await until(() => open.realm1.sessions.size === 0)
  })

  it('over RawSocket: who answers with PONG lives on', async () => {
    const socket = connect(open.rawPort, '127.0.0.1')
    const content = hello()
    socket.write(Buffer.of(0x7f, 0xf1, 0, 0))
    socket.write(Buffer.concat([Buffer.of(0, 0, 0, content.length), content]))
    let pings = 0
    socket.on('data', (chunk: Buffer) => {
      if (chunk.subarray(-4).equals(Buffer.of(1, 0, 0, 0))) {
        pings++
        socket.write(Buffer.of(2, 0, 0, 0))
      }
    })
    await longTime()
    assert(pings >= 5)
    assert.equal(open.realm1.sessions.size, 1)
    socket.destroy()
    await closed(socket)
  })

  it('are not held against who is not read from because it sent too much', async () => {
    const clients = [await open.join(), await open.joinRaw()]
    // Two seconds' worth at once: it is not read from for the better part of a second, and its answers wait unread.
    for (const client of clients) {
      for (let i = 1; i <= 40; i++) client.send([16, i, { acknowledge: true }, 'a.b'])
    }
    for (const client of clients) assert.equal((await client.take(40)).length, 40)
    assert.equal(open.realm1.sessions.size, 2)
  })
})
