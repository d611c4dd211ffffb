import assert from 'node:assert/strict'
import { once } from 'node:events'
import { closed } from '../../support/closed.ts'
import { frame, joinedByHand, upgradedByHand } from '../../support/hand-websocket.ts'
import { startOpenRouter, type OpenRouter } from '../../support/open-router.ts'
import { until } from '../../support/until.ts'

const goodbyeMs = 150

describe('A WebSocket connection', () => {
  let open: OpenRouter

  before(async () => {
    open = await startOpenRouter({ limits: { goodbyeMs } })
  })
  after(() => open.stop())
  afterEach(() => open.dropClients())

  const closing = (code: number, reason = ''): Buffer => {
    const content = Buffer.alloc(2 + reason.length)
    content.writeUInt16BE(code)
    content.write(reason, 2)
    return content
  }

  it('whose client closes it is answered with the same code, and is gone, whether it had joined or not', async () => {
    for (const connect of [upgradedByHand, joinedByHand]) {
      for (const content of [Buffer.alloc(0), closing(1000), closing(4999, 'enough')]) {
        const { socket, wamp } = await connect(open)
        socket.write(frame(8, content))
        assert.deepEqual(await wamp.next(), { opcode: 8, text: content.toString() })
        await closed(socket)
        await until(() => open.router.connections === 0)
      }
    }
  })

  it('is closed by a close frame that comes in pieces, too', async () => {
    const { socket, wamp } = await joinedByHand(open)
    const bytes = frame(8, closing(1001, 'gone'))
    for (const byte of bytes) {
      socket.write(Buffer.of(byte))
      await new Promise((resolve) => setImmediate(resolve))
    }
    assert.deepEqual(await wamp.next(), { opcode: 8, text: closing(1001, 'gone').toString() })
    await closed(socket)
  })

  it('gets what was asked before it was closed, and nothing that was sent behind', async () => {
    const { socket, wamp } = await joinedByHand(open)
    const call = (request: number): Buffer =>
      frame(1, Buffer.from(JSON.stringify([48, request, {}, 'nobody.offers.it'])))
    socket.write(Buffer.concat([call(1), frame(8, closing(1000)), call(2)]))
    assert.match((await wamp.next()).text, /^\[8,48,1,/)
    assert.equal((await wamp.next()).opcode, 8)
    await closed(socket)
    await until(() => open.realm1.sessions.size === 0)
  })

  it('that is closed with a code that there is not, half of one, or a reason that is no text, is aborted', async () => {
    for (const content of [
      Buffer.of(3),
      Buffer.concat([closing(1000), Buffer.of(0xc3, 0x28)]),
      ...[0, 999, 1004, 1005, 1006, 1015, 2999, 5000].map((code) => closing(code)),
    ]) {
      const { socket, wamp } = await joinedByHand(open)
      socket.write(frame(8, content))
      assert.match((await wamp.next()).text, /^\[3,.*wamp\.error\.protocol_violation/)
      const { opcode, text } = await wamp.next()
      assert.deepEqual([opcode, text.slice(2)], [8, 'aborted'])
      await closed(socket)
    }
  })

  it('whose client ends its side without a close frame is closed', async () => {
    const { socket } = await joinedByHand(open)
    socket.end()
    await closed(socket)
    await until(() => open.router.connections === 0 && open.realm1.sessions.size === 0)
  })

  it('that the router closes waits for the client’s answer, and for that only so long', async () => {
    for (const answers of [true, false]) {
      const { socket, wamp } = await joinedByHand(open)
      const [session] = open.realm1.sessions.values()
      session?.drop('replaced')
      assert.equal((await wamp.next()).opcode, 8)
      const began = performance.now()
      if (answers) socket.write(frame(8, closing(1008)))
      await once(socket, 'end')
      socket.destroy()
      const tookMs = performance.now() - began
      assert.equal(tookMs >= goodbyeMs - 5, !answers, `it took ${tookMs} ms`)
    }
  })

  it('whose client closes it and does not read what waits for it is not kept longer than goodbyeMs', async () => {
    const { socket } = await joinedByHand(open)
    socket.pause()
    const ping = Buffer.concat(Array<Buffer>(1_000).fill(frame(9, Buffer.alloc(125))))
    const [connection] = open.realm1.sessions.values()
    // What the systems of both ends keep is full before the router keeps anything itself.
    await until(() => {
      socket.write(ping)
      return (connection?.transport.pendingBytes ?? 0) > 0
    })
    socket.write(frame(8, closing(1000)))
    await until(() => open.router.connections === 0)
    socket.destroy()
  })
})
