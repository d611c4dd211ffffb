import assert from 'node:assert/strict'
import type { Socket } from 'node:net'
import { expectTaking } from '../../../router/transports/sign-of-life.ts'
import { startOpenRouter, type OpenRouter } from '../../support/open-router.ts'
import { until } from '../../support/until.ts'

const MiB = 1024 * 1024

describe('A sign of life', () => {
  /** What is asked of a socket; `fire` is what Node does when its time is over. */
  class Timed {
    timeout = 0
    writableLength = 1
    set = 0
    fire: () => void = () => undefined

    setTimeout(ms: number, fire?: () => void): void {
      this.timeout = ms
      if (fire === undefined) return
      this.set++
      this.fire = fire
    }
  }
  const watch = (timed: Timed, dead: () => void): void =>
    expectTaking(timed as unknown as Socket, 50, dead)

  it('is missed of a peer for which something is still waiting, once', () => {
    const timed = new Timed()
    let dead = 0
    for (let i = 0; i < 3; i++) watch(timed, () => dead++)
    assert.deepEqual([timed.timeout, timed.set, dead], [50, 1, 0])
    timed.fire()
    assert.deepEqual([timed.timeout, dead], [0, 1])
  })

  it('is not missed of one that has taken all, and is expected anew when there is something again', () => {
    const timed = new Timed()
    let dead = 0
    watch(timed, () => dead++)
    timed.writableLength = 0
    timed.fire()
    assert.equal(dead, 0)
    timed.writableLength = 1
    watch(timed, () => dead++)
    timed.fire()
    assert.deepEqual([timed.set, dead], [2, 1])
  })
})

for (const [name, connect] of [
  ['WebSocket', (open: OpenRouter) => open.connect()],
  ['RawSocket', (open: OpenRouter) => open.connectRaw()],
] as const) {
  describe(`Over ${name}, a peer for which more is waiting than the system takes`, function () {
    this.timeout(30_000)
    let open: OpenRouter
    afterEach(() => open.stop())

    /** One that has stopped reading, and has so many events of 64 KiB waiting. */
    const stuck = async (pingMs: number, events: number) => {
      const limits = { pingMs, pendingBytes: 128 * MiB, congestedBytes: 127 * MiB }
      open = await startOpenRouter({ limits })
      const listener = await connect(open)
      await listener.join()
      const publisher = await open.join()
      await listener.subscribe('house.film')
      const { socket } = listener
      assert(socket !== undefined)
      listener.pause()
      const film = 'x'.repeat(64 * 1024)
      for (let i = 1; i <= events; i++) publisher.send([16, i, {}, 'house.film', [film]])
      await publisher.settle()
      assert.equal(open.realm1.sessions.size, 2)
      return { listener, publisher, socket, bytes: events * film.length }
    }

    it('lives on as long as it takes some, though its pongs do not come', async () => {
      const pingMs = 1_000
      const { listener, socket, bytes } = await stuck(pingMs, 500)
      // As much each time as makes the system take more, over more than three pings.
      const begin = Date.now()
      while (Date.now() - begin < 3.5 * pingMs) {
        const goal = Math.min(socket.bytesRead + 3 * MiB, bytes)
        listener.resume()
        await until(() => socket.bytesRead >= goal || socket.destroyed)
        listener.pause()
        assert(!socket.destroyed, `closed after ${socket.bytesRead} of ${bytes} bytes`)
        await new Promise((resolve) => setTimeout(resolve, pingMs / 2))
      }
      listener.resume()
      assert.equal((await listener.take(500)).length, 500)
      assert.equal(open.realm1.sessions.size, 2)
    })

    it('is closed when it takes nothing, and nobody else is', async () => {
      const pingMs = 500
      const { publisher } = await stuck(pingMs, 300)
      const begin = Date.now()
      await until(() => open.realm1.sessions.size === 1, 10_000)
      assert(Date.now() - begin > pingMs)
      assert.deepEqual(await publisher.settle(), [])
    })
  })
}
