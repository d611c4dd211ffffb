import { once } from 'node:events'
import type { Router } from '../../router/router.ts'
import { startOpenRouter } from './open-router.ts'

/** What a router in a process of its own tells of itself. */
export interface RouterState {
  /** Messages that the engine was given, of whatever kind. */
  readonly received: number
  readonly sessions: number
  readonly registrations: number
  readonly subscriptions: number
  /** Resident memory, after a collection. */
  readonly rssBytes: number
}

/** Counts what transports hand to the engine, as long as they are open. */
function countFrames(router: Router): () => number {
  const attach = router.attach.bind(router)
  let received = 0
  router.attach = (transport) => {
    const sink = attach(transport)
    if (sink === undefined) return undefined
    const [receive, close] = [sink.receive.bind(sink), transport.close.bind(transport)]
    let isOpen = true
    transport.close = (reason) => {
      isOpen = false
      close(reason)
    }
    sink.receive = (...frame) => {
      if (isOpen) received++
      receive(...frame)
    }
    return sink
  }
  return () => received
}

const collect = (globalThis as { gc?: () => void }).gc
if (process.send === undefined || collect === undefined) {
  throw new Error('to be forked, with --expose-gc')
}
const open = await startOpenRouter({ limits: { joiningPerAddress: 5_000 } })
const received = countFrames(open.router)

process.on('message', () => {
  // What left is collected in a second pass where it had something to finalize.
  setImmediate(() => {
    collect()
    setImmediate(() => {
      collect()
      const { sessions, dealer, broker } = open.realm1
      const state: RouterState = {
        received: received(),
        sessions: sessions.size,
        registrations: dealer.registrations.size,
        subscriptions: broker.size,
        rssBytes: process.memoryUsage.rss(),
      }
      process.send?.(state)
    })
  })
})
process.send({ port: open.port, rawPort: open.rawPort })
await once(process, 'disconnect')
await open.stop()
