import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { WebSocketServer } from 'ws'
import { webSocketClass } from '../../clients/websocket.ts'

describe("Node's WebSocket for clients", () => {
  let server: WebSocketServer
  let url: string

  async function listen(autoPong: boolean): Promise<void> {
    server = new WebSocketServer({ port: 0, host: '127.0.0.1', autoPong })
    await once(server, 'listening')
    url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`
  }

  afterEach(() => {
    for (const client of server.clients) client.terminate()
    server.close()
  })

  it('gives up a router that gives no sign of life any more', async () => {
    await listen(false)
    const Socket = webSocketClass({ keepAliveMs: 20 })
    const socket = new Socket(url, ['wamp.2.json'])
    const closed = new Promise<number>((resolve) => {
      Object.assign(socket, { onclose: ({ code }: { code: number }) => resolve(code) })
    })
    assert.equal(await closed, 1006)
  })

  it('stays with one that does', async () => {
    await listen(true)
    const Socket = webSocketClass({ keepAliveMs: 10 })
    const connection = once(server, 'connection')
    const socket = new Socket(url, ['wamp.2.json'])
    const [peer] = (await connection) as [import('ws').WebSocket]
    for (let pings = 0; pings < 5; pings += 1) await once(peer, 'ping')
    assert.equal(socket.readyState, 1)
  })

  it('takes no message above its bound', async () => {
    await listen(true)
    const Socket = webSocketClass({ maxMessageBytes: 10 })
    const connection = once(server, 'connection')
    const socket = new Socket(url, ['wamp.2.json'])
    const closed = new Promise<number>((resolve) => {
      Object.assign(socket, {
        onerror: () => undefined,
        onclose: ({ code }: { code: number }) => resolve(code),
      })
    })
    const [peer] = (await connection) as [import('ws').WebSocket]
    peer.send('x'.repeat(11))
    assert.equal(await closed, 1006)
  })
})
