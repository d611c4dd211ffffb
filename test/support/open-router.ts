import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { dirname, join } from 'node:path'
import type { ConnectionOptions } from 'node:tls'
import { listenHttp, listenUnix } from '../../listeners.ts'
import type { Authenticator, Authorizer } from '../../router/access.ts'
import type { Realm, RealmDefinition } from '../../router/realm.ts'
import { Router, type RouterOptions } from '../../router/router.ts'
import { Certificates } from '../../router/transports/certificates.ts'
import { LongPollEndpoint } from '../../router/transports/longpoll.ts'
import { listenRawSocket } from '../../router/transports/rawsocket.ts'
import { WebSocketEndpoint, type WebSocketOptions } from '../../router/transports/websocket.ts'
import { createCertificates } from './certificates.ts'
import { until } from './until.ts'
import { WampClient, type Format, type LineOptions } from './wamp-client.ts'

/** Lets everybody in, under the name and the role that HELLO gives. */
export const anyone: Authenticator = {
  method: 'anonymous',
  begin: ({ authid = 'anybody', details: { authrole } }) => ({
    kind: 'anonymous',
    authid,
    authrole: typeof authrole === 'string' ? authrole : 'anonymous',
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

/** How a client comes to an open router. */
export interface Approach extends LineOptions {
  readonly transport: 'websocket' | 'rawsocket' | 'longpoll'
  readonly format: Format
  /** To the port where everything comes in, with and without TLS; `unix`: to a Unix socket. Else to one of its own. */
  readonly place?: 'one port' | 'one port, TLS' | 'unix'
}

/** An open router and clients of it. */
export interface OpenRouter {
  readonly router: Router
  readonly realm1: Realm
  /** Of the WebSocket endpoint. */
  readonly url: string
  /** Base of long-poll. */
  readonly longPollUrl: string
  readonly port: number
  readonly rawPort: number
  /** Of WebSocket and long-poll; tells by `request` when one has come in. */
  readonly http: Server
  /** A WebSocket connection that has not joined. */
  connect(format?: Format): Promise<WampClient>
  /** A RawSocket connection that has not joined. */
  connectRaw(format?: Format, lengthNibble?: number): Promise<WampClient>
  /** A connection that has not joined. */
  approach(approach: Approach): Promise<WampClient>
  /** A session that has joined, over WebSocket and JSON. */
  join(realm?: string, details?: Record<string, unknown>): Promise<WampClient>
  /** A session that has joined, over RawSocket and JSON. */
  joinRaw(realm?: string, details?: Record<string, unknown>): Promise<WampClient>
  /** Breaks all clients off, and resolves when the router has seen it. */
  dropClients(): Promise<void>
  /** Closes all clients and the router. */
  stop(): Promise<void>
}

/** The port where everything comes in, and a Unix socket. Opened when somebody wants to go there. */
interface SharedPlaces {
  readonly port: number
  readonly socketFile: string
  readonly tls: ConnectionOptions
  close(): Promise<void>
}

async function openSharedPlaces(router: Router): Promise<SharedPlaces> {
  const files = await createCertificates()
  const certificates = await Certificates.read(files.files, router)
  const options = { host: '127.0.0.1', port: 0, path: '/ws', longpoll: '/lp', rawsocket: true }
  const port = await listenHttp(
    router,
    { ...options, certificates, tlsRequired: false },
    (_request, response) => response.writeHead(404).end(),
  )
  const socketFile = join(dirname(files.files.key), 'raw.sock')
  const unix = await listenUnix(router, { path: socketFile })
  return {
    port: port.port,
    socketFile,
    tls: { ca: files.authority.cert },
    async close() {
      certificates.close()
      await Promise.all([port.close(), unix.close()])
      await files.remove()
    },
  }
}

/** A router with realms `realm1` and `realm2` on ephemeral loopback ports. */
export async function startOpenRouter(options: OpenRouterOptions = {}): Promise<OpenRouter> {
  const router = new Router(options)
  const [realm1] = ['realm1', 'realm2'].map((uri) =>
    router.addRealm({ uri, authenticators: [anyone], authorizer: allowAll, ...options.realm }),
  ) as [Realm, Realm]
  const longPoll = new LongPollEndpoint(router, { ...options.webSocket, path: '/lp' })
  const http = createServer((request, response) => {
    if (!longPoll.serve(request, response)) response.writeHead(404).end()
  })
  const endpoint = new WebSocketEndpoint(router, { path: '/ws', ...options.webSocket })
  endpoint.attach(http)
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  const raw = await listenRawSocket(router, { host: '127.0.0.1', port: 0 })
  const { port } = http.address() as AddressInfo
  const rawPort = Number(new URL(raw.address).port)
  const url = `ws://127.0.0.1:${port}/ws`
  const longPollUrl = `http://127.0.0.1:${port}/lp`
  let shared: Promise<SharedPlaces> | undefined
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
  const approach = async ({ place, ...way }: Approach): Promise<WampClient> => {
    const { transport, format } = way
    if (place === undefined) {
      if (transport === 'rawsocket') return WampClient.rawSocket({ port: rawPort }, format)
      if (transport === 'longpoll') return WampClient.longPoll(longPollUrl, format, way)
      return WampClient.webSocket(url, format, way)
    }
    shared ??= openSharedPlaces(router)
    const { port: sharedPort, socketFile, tls } = await shared
    if (place === 'unix') return WampClient.rawSocket({ path: socketFile }, format)
    const secure = place === 'one port, TLS'
    const line = { ...way, ...(secure && { tls }) }
    const host = `${secure ? 's' : ''}://127.0.0.1:${sharedPort}`
    if (transport === 'rawsocket') {
      return WampClient.rawSocket({ port: sharedPort }, format, undefined, line)
    }
    if (transport === 'longpoll') return WampClient.longPoll(`http${host}/lp`, format, line)
    return WampClient.webSocket(`ws${host}/ws`, format, line)
  }
  return {
    router,
    realm1,
    url,
    longPollUrl,
    port,
    rawPort,
    http,
    connect: (format) => keep(WampClient.webSocket(url, format)),
    connectRaw: (format, lengthNibble) =>
      keep(WampClient.rawSocket({ port: rawPort }, format, lengthNibble)),
    approach: (way) => keep(approach(way)),
    join: (realm, details) => joined(WampClient.webSocket(url), realm, details),
    joinRaw: (realm, details) => joined(WampClient.rawSocket({ port: rawPort }), realm, details),
    dropClients,
    async stop() {
      for (const client of clients) client.drop()
      endpoint.close()
      await raw.close()
      await (await shared)?.close()
      await router.close()
      http.closeAllConnections()
      await new Promise((resolve) => http.close(resolve))
    },
  }
}
