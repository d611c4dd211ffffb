import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Authenticator, Authorizer } from '../../router/access.ts'
import type { Realm, RealmDefinition } from '../../router/realm.ts'
import { Router, type RouterOptions } from '../../router/router.ts'
import { listenRawSocket } from '../../router/transports/rawsocket.ts'
import { WebSocketEndpoint, type WebSocketOptions } from '../../router/transports/websocket.ts'
import { until } from './until.ts'
import { WampClient, type Format } from './wamp-client.ts'

/** Lets everybody in, under the name that HELLO gives. */
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
  readonly realm1: Realm
  /** Of the WebSocket endpoint. */
  readonly url: string
  readonly port: number
  readonly rawPort: number
  /** A WebSocket connection that has not joined. */
  connect(format?: Format): Promise<WampClient>
  /** A RawSocket connection that has not joined. */
  connectRaw(format?: Format, lengthNibble?: number): Promise<WampClient>
  /** A session that has joined, over WebSocket and JSON. */
  join(realm?: string, details?: Record<string, unknown>): Promise<WampClient>
  /** A session that has joined, over RawSocket and JSON. */
  joinRaw(realm?: string, details?: Record<string, unknown>): Promise<WampClient>
  /** Breaks all clients off, and resolves when the router has seen it. */
  dropClients(): Promise<void>
  /** Closes all clients and the router. */
  stop(): Promise<void>
}

/** A router with realms `realm1` and `realm2` on ephemeral loopback ports. */
export async function startOpenRouter(options: OpenRouterOptions = {}): Promise<OpenRouter> {
  const router = new Router(options)
  const [realm1] = ['realm1', 'realm2'].map((uri) =>
    router.addRealm({ uri, authenticators: [anyone], authorizer: allowAll, ...options.realm }),
  ) as [Realm, Realm]
  const http = createServer()
  const endpoint = new WebSocketEndpoint(router, { path: '/ws', ...options.webSocket })
  endpoint.attach(http)
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  const raw = await listenRawSocket(router, { host: '127.0.0.1', port: 0 })
  const { port } = http.address() as AddressInfo
  const rawPort = Number(new URL(raw.address).port)
  const url = `ws://127.0.0.1:${port}/ws`
  let clients: WampClient[] = []
  const keep = async (opening: Promise<WampClient>): Promise<WampClient> => {
    const client = await opening
    clients.push(client)
    return client
  }
  const joined = async (
    opening: Promise<WampClient>,
    realm = 'realm1',
    details: Record<string, unknown> = {},
  ): Promise<WampClient> => {
    const client = await keep(opening)
    await client.join(realm, details)
    return client
  }
  const dropClients = async (): Promise<void> => {
    for (const client of clients) client.drop()
    clients = []
    await until(() => router.connections === 0)
  }
  return {
    router,
    realm1,
    url,
    port,
    rawPort,
    connect: (format) => keep(WampClient.webSocket(url, format)),
    connectRaw: (format, lengthNibble) =>
      keep(WampClient.rawSocket({ port: rawPort }, format, lengthNibble)),
    join: (realm, details) => joined(WampClient.webSocket(url), realm, details),
    joinRaw: (realm, details) => joined(WampClient.rawSocket({ port: rawPort }), realm, details),
    dropClients,
    async stop() {
      for (const client of clients) client.drop()
      endpoint.close()
      await raw.close()
      await router.close()
      http.closeAllConnections()
      await new Promise((resolve) => http.close(resolve))
    },
  }
}
