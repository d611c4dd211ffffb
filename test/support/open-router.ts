import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Authenticator, Authorizer } from '../../router/access.ts'
import type { RealmDefinition } from '../../router/realm.ts'
import { Router, type RouterOptions } from '../../router/router.ts'
import { listenRawSocket } from '../../router/transports/rawsocket.ts'
import { WebSocketEndpoint, type WebSocketOptions } from '../../router/transports/websocket.ts'
import { WampClient } from './wamp-client.ts'

/** Lets everybody in. */
export const anyone: Authenticator = {
  method: 'anonymous',
  begin: (request) => ({
    kind: 'anonymous',
    authid: request.authid ?? 'anybody',
    authrole: 'anonymous',
    authmethod: 'anonymous',
    authprovider: 'test',
  }),
}

/** Allows everything. Kept for long, as a static rule would be. */
export const allowAll: Authorizer = () => ({ allow: true, until: Number.MAX_SAFE_INTEGER })

export interface OpenRouterOptions extends RouterOptions {
  readonly realm?: Partial<RealmDefinition>
  readonly webSocket?: Partial<WebSocketOptions>
}

/** An open router and clients of it. */
export interface OpenRouter {
  readonly router: Router
  /** Of the WebSocket endpoint. */
  readonly url: string
  readonly port: number
  readonly rawPort: number
  /** A WebSocket connection that has not joined. */
  connect(format?: 'json' | 'msgpack'): Promise<WampClient>
  /** A RawSocket connection that has not joined. */
  connectRaw(format?: 'json' | 'msgpack', lengthNibble?: number): Promise<WampClient>
  /** A session that has joined, over WebSocket and JSON. */
  join(realm?: string, details?: Record<string, unknown>): Promise<WampClient>
  /** Closes all clients and the router. */
  stop(): Promise<void>
}

/** A router with realms `realm1` and `realm2` on ephemeral loopback ports. */
export async function startOpenRouter(options: OpenRouterOptions = {}): Promise<OpenRouter> {
  const router = new Router(options)
  for (const uri of ['realm1', 'realm2']) {
    router.addRealm({ uri, authenticators: [anyone], authorizer: allowAll, ...options.realm })
  }
  const http = createServer()
  const endpoint = new WebSocketEndpoint(router, { path: '/ws', ...options.webSocket })
  endpoint.attach(http)
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  const raw = await listenRawSocket(router, { host: '127.0.0.1', port: 0 })
  const { port } = http.address() as AddressInfo
  const rawPort = Number(new URL(raw.address).port)
  const url = `ws://127.0.0.1:${port}/ws`
  const clients: WampClient[] = []
  const keep = async (opening: Promise<WampClient>): Promise<WampClient> => {
    const client = await opening
    clients.push(client)
    return client
  }
  return {
    router,
    url,
    port,
    rawPort,
    connect: (format = 'json') => keep(WampClient.webSocket(url, format)),
    connectRaw: (format = 'json', lengthNibble = 15) =>
      keep(WampClient.rawSocket({ port: rawPort }, format, lengthNibble)),
    async join(realm = 'realm1', details = {}) {
      const client = await keep(WampClient.webSocket(url))
      await client.join(realm, details)
      return client
    },
    async stop() {
      for (const client of clients) client.close()
      endpoint.close()
      await router.close()
      await raw.close()
      http.closeAllConnections()
      await new Promise((resolve) => http.close(resolve))
    },
  }
}
