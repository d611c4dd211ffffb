import { createRequire } from 'node:module'
import WebSocket from 'ws'

/** As its authors have it. */
type Question = readonly [Record<string, unknown>, string, string, object]
type Authorize = (args: Question) => unknown

interface Session {
  register(uri: string, handle: Authorize): PromiseLike<unknown>
}
interface Connection {
  open(): void
  close(): void
}
interface Autobahn {
  readonly Connection: new (options: object) => Connection
  readonly log: { warn: (...args: unknown[]) => void }
}

/** A dynamic authorizer as it is written for crossbar, with autobahn for JavaScript, unmodified. Returns how it leaves. */
export async function joinAsAuthorizer(
  url: string,
  realm: string,
  ticket: string,
): Promise<{ readonly asked: Question[]; leave: () => Promise<void> }> {
  // It takes the WebSocket of browsers, which newer versions of Node.js have, too.
  const scope = globalThis as { WebSocket?: unknown }
  scope.WebSocket ??= WebSocket
  const autobahn = createRequire(import.meta.url)('autobahn') as Autobahn
  // It tells the console of each connection that ends.
  autobahn.log.warn = () => undefined
  const asked: Question[] = []
  const connection = new autobahn.Connection({
    url,
    realm,
    authid: 'authorizer',
    authmethods: ['ticket'],
    onchallenge: () => ticket,
    max_retries: 0,
  })
  let ended: () => void
  const end = new Promise<void>((resolve) => (ended = resolve))
  await new Promise<void>((resolve, reject) => {
    const onopen = (session: Session): void => {
      const authorize: Authorize = ([details, uri, action, options]) => {
        asked.push([details, uri, action, options])
        if (details['authrole'] === 'device' || uri.endsWith('.state')) return true
        if (details['authid'] === 'friend' && (action === 'call' || action === 'subscribe'))
          return { allow: true, disclose: false, cache: true }
        return false
      }
      session.register('com.example.authorize', authorize).then(() => resolve(), reject)
    }
    const onclose = (reason: string): boolean => {
      reject(new Error(`autobahn: ${reason}`))
      ended()
      return true
    }
    Object.assign(connection, { onopen, onclose })
    connection.open()
  })
  return {
    asked,
    leave() {
      connection.close()
      return end
    },
  }
}
