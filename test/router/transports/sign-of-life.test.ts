import assert from 'node:assert/strict'
import { startOpenRouter, type OpenRouter } from '../../support/open-router.ts'
import { until } from '../../support/until.ts'
import type { WampClient } from '../../support/wamp-client.ts'

const MiB = 1024 * 1024
const pingMs = 100
const film = 'x'.repeat(64 * 1024)
const frames = 800

for (const [name, connect] of [
  ['WebSocket', (open: OpenRouter) => open.connect()],
  ['RawSocket', (open: OpenRouter) => open.connectRaw()],
] as const) {
  describe(`Over ${name}, a peer for which more is waiting than the system takes`, () => {
    let open: OpenRouter
    let listener: WampClient
    let publisher: WampClient

    beforeEach(async () => {
      const limits = { pingMs, pendingBytes: 64 * MiB, congestedBytes: 63 * MiB }
      open = await startOpenRouter({ limits })
      listener = await connect(open)
      await listener.join()
      publisher = await open.join()
      await listener.subscribe('house.film')
      listener.pause()
      for (let i = 1; i <= frames; i++) publisher.send([16, i, {}, 'house.film', [film]])
      await publisher.settle()
    })
    afterEach(() => open.stop())

    it('lives on as long as it takes some, though its pongs do not come', async () => {
      const { socket } = listener
      assert(socket !== undefined)
      const begin = Date.now()
      let bursts = 0
      while (socket.bytesRead < frames * film.length) {
        const goal = Math.min(socket.bytesRead + 2 * MiB, frames * film.length)
        listener.resume()
        await until(() => socket.bytesRead >= goal || socket.destroyed)
        listener.pause()
        assert(!socket.destroyed, `closed after ${socket.bytesRead} bytes`)
        bursts++
        await new Promise((resolve) => setTimeout(resolve, pingMs / 4))
      }
      assert(bursts > 6 && Date.now() - begin > 4 * pingMs)
      listener.resume()
      assert.equal((await listener.take(frames)).length, frames)
      assert.equal(open.realm1.sessions.size, 2)
    })

    it('is closed when it takes nothing for the time of two pings', async () => {
      await until(() => open.realm1.sessions.size === 1)
      assert.equal((await publisher.settle()).length, 0)
    })
  })
}
