import { once } from 'node:events'
import { chmod, lstat, rm } from 'node:fs/promises'
import { createServer as createHttpServer, type RequestListener, type Server } from 'node:http'
import {
  connect,
  createServer,
  type AddressInfo,
  type Server as NetServer,
  type Socket,
} from 'node:net'
import { urlAt } from './listen-config.ts'
import type { Router } from './router/router.ts'
import type { Certificates } from './router/transports/certificates.ts'
import { LongPollEndpoint } from './router/transports/longpoll.ts'
import { Port } from './router/transports/port.ts'
import {
  listenRawSocket,
  RawSocketEndpoint,
  type RawSocketOptions,
} from './router/transports/rawsocket.ts'
import { WebSocketEndpoint, type WebSocketOptions } from './router/transports/websocket.ts'

/** An address is taken or cannot be bound; the message names it. */
export class ListenError extends Error {
  override readonly name = 'ListenError'

  constructor(address: string, cause: NodeJS.ErrnoException) {
    const why =
      cause.code === 'EADDRINUSE'
        ? 'another program listens there'
        : cause.code === 'EACCES'
          ? 'this user may not listen there'
          : cause.message
    super(`cannot listen on ${address}: ${why}`, { cause })
  }
}

/** A place where connections come in. */
export interface Listening {
  /** For people, for instance `ws://127.0.0.1:8080/ws`: one for each transport that it serves. */
  readonly addresses: readonly string[]
  /** The port of HTTP, where it is one of that. */
  readonly port?: number
  /** Stops accepting. Connections that stand are not touched. */
  close(): Promise<void>
}

/** One HTTP port and all that comes in there. */
export interface HttpOptions extends WebSocketOptions {
  readonly host: string
  readonly port: number
  /** Base path of long-poll; absent: there is none. */
  readonly longpoll?: string | undefined
  /** RawSocket comes in on the same port. */
  readonly rawsocket?: boolean | undefined
  /** Absent: no TLS. `tlsRequired`: nothing is served without it. */
  readonly certificates?: Certificates | undefined
  readonly tlsRequired?: boolean | undefined
  /** Path of a Unix socket where the same comes in, for a proxy on this machine; without TLS. */
  readonly socket?: string | undefined
}

/** Time for a request's head and for an idle connection, in milliseconds: nobody holds a connection by doing nothing. */
const headersTimeoutMs = 10_000
const keepAliveTimeoutMs = 5_000
const checkingMs = 2_000

/** One HTTP port: WebSocket on its path, long-poll below its own, everything else is for `serve`. */
export async function listenHttp(
  router: Router,
  options: HttpOptions,
  serve: RequestListener,
): Promise<Listening & { readonly port: number }> {
  const hosts = options.host === 'localhost' ? ['127.0.0.1', '::1'] : [options.host]
  const { certificates, longpoll } = options
  const webSocket = new WebSocketEndpoint(router, options)
  const longPoll =
    longpoll === undefined
      ? undefined
      : new LongPollEndpoint(router, { ...options, path: longpoll })
  const rawSocket = options.rawsocket === true ? new RawSocketEndpoint(router) : undefined
  const listener: RequestListener = (request, response) => {
    if (longPoll?.serve(request, response) !== true) serve(request, response)
  }
  const servers: Server[] = []
  const ports: Port[] = []
  const close = (): Promise<void> => {
    webSocket.close()
    rawSocket?.close()
    for (const server of servers) server.close()
    for (const each of ports) each.close()
    return Promise.resolve()
  }
  const create = (tls: Certificates | undefined): Server => {
    const http = createHttpServer({
      headersTimeout: headersTimeoutMs,
      requestTimeout: 30_000,
      // Node looks at the times twice a minute only, which would make half a minute of ten seconds.
      connectionsCheckingInterval: checkingMs,
    })
    http.on('request', listener)
    http.keepAliveTimeout = keepAliveTimeoutMs
    webSocket.attach(http)
    const plain = tls === undefined || options.tlsRequired === false
    if (rawSocket !== undefined || tls !== undefined) {
      shareConnections(http, (toHttp) => {
        const shared = rawSocket === undefined ? {} : { rawsocket: rawSocket }
        const secured = tls === undefined ? {} : { certificates: tls }
        const shares = new Port(router, { http: toHttp, plain, ...shared, ...secured })
        ports.push(shares)
        return shares
      })
    }
    return http
  }
  let { port } = options
  for (const host of hosts) {
    const http = create(certificates)
    try {
      http.listen({ host, port })
      await once(http, 'listening')
    } catch (error) {
      const cause = error as NodeJS.ErrnoException
      // A machine without IPv6 has no ::1; `localhost` is then 127.0.0.1 alone.
      if (servers.length > 0 && cause.code === 'EADDRNOTAVAIL') continue
      if (servers.length > 0 && cause.code === 'EAFNOSUPPORT') continue
      // An ephemeral port was free on 127.0.0.1; that it is not on ::1 is no reason to fail.
      if (servers.length > 0 && options.port === 0) continue
      await close()
      throw new ListenError(`${host}:${port}`, cause)
    }
    port = (http.address() as AddressInfo).port
    servers.push(http)
  }
  const addresses = addressesOf({ ...options, port })
  if (options.socket !== undefined) {
    const http = create(undefined)
    try {
      await onlyForOwner(options.socket, () => {
        http.listen({ path: options.socket })
        return once(http, 'listening')
      })
    } catch (error) {
      await close()
      throw error
    }
    servers.push(http)
    addresses.push(`unix:${options.socket}`)
  }
  return { addresses, port, close }
}

/**
 * Has the connections of an HTTP server told apart before it gets its own. The server itself goes on listening: only
 * then does it keep the time of requests, which it does not for a server that is merely handed connections.
 */
function shareConnections(http: Server, portFor: (toHttp: (socket: Socket) => void) => Port): void {
  const own = http.listeners('connection')
  http.removeAllListeners('connection')
  const port = portFor((socket) => {
    for (const listener of own) listener.call(http, socket)
  })
  http.on('connection', (socket: Socket) => port.admit(socket))
}

function addressesOf(options: HttpOptions): string[] {
  const { certificates, longpoll, rawsocket, path } = options
  const plain = certificates === undefined || options.tlsRequired === false
  const addresses: string[] = []
  for (const secure of [false, true]) {
    if (secure ? certificates === undefined : !plain) continue
    addresses.push(urlAt(secure ? 'wss' : 'ws', { ...options, path }))
    if (longpoll !== undefined) {
      addresses.push(urlAt(secure ? 'https' : 'http', { ...options, path: longpoll }))
    }
    if (rawsocket === true) addresses.push(urlAt(secure ? 'tls' : 'tcp', { ...options, path: '' }))
  }
  return addresses
}

/** RawSocket on a TCP port of its own. */
export async function listenTcp(
  router: Router,
  { host, port, certificates }: { host: string; port: number; certificates?: Certificates },
): Promise<Listening> {
  try {
    if (certificates !== undefined) return await listenTls(router, { host, port, certificates })
    const listener = await listenRawSocket(router, { host, port })
    return { addresses: [listener.address], close: () => listener.close() }
  } catch (error) {
    throw new ListenError(`${host}:${port}`, error as NodeJS.ErrnoException)
  }
}

async function listenTls(
  router: Router,
  { host, port, certificates }: { host: string; port: number; certificates: Certificates },
): Promise<Listening> {
  const rawsocket = new RawSocketEndpoint(router)
  const entrance = new Port(router, { rawsocket, certificates, plain: false })
  const server: NetServer = createServer({ noDelay: true }, (socket) => entrance.admit(socket))
  const close = (): Promise<void> => {
    server.close()
    rawsocket.close()
    entrance.close()
    return Promise.resolve()
  }
  try {
    server.listen({ host, port })
    await once(server, 'listening')
  } catch (error) {
    await close()
    throw error
  }
  const bound = (server.address() as AddressInfo).port
  return { addresses: [urlAt('tls', { host, port: bound, path: '' })], close }
}

/** RawSocket on a Unix socket. */
export async function listenUnix(
  router: Router,
  options: RawSocketOptions & { readonly path: string },
): Promise<Listening> {
  const listener = await onlyForOwner(options.path, () => listenRawSocket(router, options))
  return { addresses: [listener.address], close: () => listener.close() }
}

/** A Unix socket is of mode 0600 from its first moment on: `listen` binds it before it returns. */
async function onlyForOwner<T>(path: string, listen: () => Promise<T>): Promise<T> {
  await removeAbandoned(path)
  const before = process.umask(0o177)
  try {
    const listening = listen()
    process.umask(before)
    const listened = await listening
    await chmod(path, 0o600)
    return listened
  } catch (error) {
    throw new ListenError(path, error as NodeJS.ErrnoException)
  } finally {
    process.umask(before)
  }
}

/** A router that was killed leaves its Unix socket behind, where nobody listens. Whatever else is there stays. */
async function removeAbandoned(path: string): Promise<void> {
  try {
    if (!(await lstat(path)).isSocket()) return
  } catch {
    // Nothing is there, or what keeps us from looking keeps us from listening, too, and is named there.
    return
  }
  const socket = connect(path)
  const isAbandoned = await new Promise<boolean>((resolve) => {
    socket.once('connect', () => resolve(false))
    socket.once('error', ({ code }: NodeJS.ErrnoException) => resolve(code === 'ECONNREFUSED'))
  })
  socket.destroy()
  if (isAbandoned) await rm(path, { force: true })
}
