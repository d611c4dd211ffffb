import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { webSocketUrl } from './config.ts'
import type { Router } from './router/router.ts'
import type { Listener } from './router/transport.ts'
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

/** Time for a request's head and for an idle connection, in milliseconds: nobody holds a connection by doing nothing. */
const headersTimeoutMs = 10_000
const keepAliveTimeoutMs = 5_000

/** One HTTP port: WebSocket on its path, everything else is for `serve`. */
export async function listenHttp(
  router: Router,
  options: WebSocketOptions & { readonly host: string; readonly port: number },
  serve: RequestListener,
): Promise<Listener & { readonly port: number }> {
  const hosts = options.host === 'localhost' ? ['127.0.0.1', '::1'] : [options.host]
  const endpoint = new WebSocketEndpoint(router, options)
  const servers: Server[] = []
  let { port } = options
  for (const host of hosts) {
    const http = createServer({ headersTimeout: headersTimeoutMs, requestTimeout: 30_000 }, serve)
    http.keepAliveTimeout = keepAliveTimeoutMs
    endpoint.attach(http)
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
      endpoint.close()
      for (const server of servers) server.close()
      throw new ListenError(`${host}:${port}`, cause)
    }
    port = (http.address() as AddressInfo).port
    servers.push(http)
  }
  return {
    address: webSocketUrl({ ...options, port }),
    port,
    close() {
      endpoint.close()
      for (const server of servers) server.close()
      return Promise.resolve()
    },
  }
}
