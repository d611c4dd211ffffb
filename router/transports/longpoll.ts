import { randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Router } from '../router.ts'
import { chooseSubprotocol, subprotocols } from '../wire/subprotocols.ts'
import { requestFacts, socketFacts } from './facts.ts'
import { cookieFor } from './given-cookie.ts'
import { readBody, reply, type Exchange } from './http-exchange.ts'
import { LongPollTransport } from './longpoll-transport.ts'
import { cookiesCount, originAllowed } from './origin.ts'

/** Options of a long-poll endpoint. */
export interface LongPollOptions {
  /** Base path of the endpoint on its HTTP server, for instance `/lp`. */
  readonly path: string
  /** The name that the server listens on: a page under it is our own. */
  readonly host?: string
  /** Origins of web pages that may connect, besides our own (see origin.ts): `*` for any. */
  readonly origins?: readonly string[]
}

/** 128 bits: who does not know the id of a transport does not find it by trying. */
const transportIdBytes = 16
/** How long a browser may remember that it may ask, in seconds. */
const preflightSeconds = '600'

/** WAMP over HTTP requests (rfc/text/advanced/transport_http_longpoll.md), on an HTTP server of somebody else's. */
export class LongPollEndpoint {
  readonly #router: Router
  readonly #options: LongPollOptions
  readonly #prefix: string
  readonly #transports = new Map<string, LongPollTransport>()

  constructor(router: Router, options: LongPollOptions) {
    this.#router = router
    this.#options = options
    this.#prefix = options.path.endsWith('/') ? options.path : `${options.path}/`
  }

  /** Answers a request that is for a path below ours. `false`: it is not. */
  serve(request: IncomingMessage, response: ServerResponse): boolean {
    // A query (`?x=382913`) only keeps caches away, and is ignored.
    const path = (request.url ?? '').split('?', 1)[0] ?? ''
    if (!path.startsWith(this.#prefix)) return false
    request.on('error', () => undefined)
    this.#route(path.slice(this.#prefix.length), {
      request,
      response,
      headers: { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' },
    })
    return true
  }

  #route(path: string, plain: Exchange): void {
    const { request } = plain
    const { host, origins = [] } = this.#options
    if (!originAllowed(request.headers, host, origins)) {
      return refuse(plain, 403, 'pages of this origin may not connect')
    }
    const exchange = { ...plain, headers: { ...plain.headers, ...this.#crossOrigin(request) } }
    if (request.method === 'OPTIONS' && request.headers.origin !== undefined) {
      return preflight(exchange)
    }
    if (request.method !== 'POST') {
      const headers = { ...exchange.headers, allow: 'POST' }
      return refuse({ ...exchange, headers }, 405, 'allowed is POST')
    }
    if (path === 'open') return void this.#open(exchange)
    const [id = '', verb, ...rest] = path.split('/')
    if (verb === undefined || rest.length > 0 || !['receive', 'send', 'close'].includes(verb)) {
      return refuse(exchange, 404, 'allowed are open, and receive, send and close of a transport')
    }
    const transport = this.#find(id, request)
    if (transport === undefined) return refuse(exchange, 404, 'there is no such transport')
    if (verb === 'receive') return transport.receive(exchange)
    if (verb === 'send') return transport.take(exchange)
    transport.leave()
    refuse(exchange, 202, '')
  }

  /** The transport is whose certificate opened it: its id alone is not enough where there is one. */
  #find(id: string, request: IncomingMessage): LongPollTransport | undefined {
    const transport = this.#transports.get(id)
    const fingerprint = transport?.peer.certificate?.fingerprint256
    if (fingerprint === undefined) return transport
    const { certificate } = socketFacts(request.socket)
    return certificate?.fingerprint256 === fingerprint ? transport : undefined
  }

  async #open(exchange: Exchange): Promise<void> {
    const { request } = exchange
    const { joinMessageBytes } = this.#router.limits
    const body = await readBody(request, joinMessageBytes)
    if (body === undefined) return
    if (typeof body === 'number') return reply(exchange, 413, `more than ${joinMessageBytes} bytes`)
    const offered = offeredProtocols(body)
    if (offered === undefined) {
      return reply(exchange, 400, 'the body must be JSON: {"protocols": [<names>]}')
    }
    const subprotocol = chooseSubprotocol(offered)
    if (subprotocol === undefined) {
      const allowed = [...subprotocols.keys()].join(', ')
      return reply(exchange, 400, `none of these protocols is known: allowed are ${allowed}`)
    }
    const { address, encrypted, certificate } = socketFacts(request.socket)
    const { host, origins = [] } = this.#options
    const takesCookies = cookiesCount(request.headers, host, origins)
    const asked = requestFacts(request, takesCookies)
    const secured = encrypted === true && { encrypted }
    const given = takesCookies ? cookieFor(this.#router, { ...asked, ...secured }) : undefined
    const id = randomBytes(transportIdBytes).toString('base64url')
    const transport = new LongPollTransport(
      this.#router,
      {
        transport: 'longpoll',
        address,
        operator: false,
        ...secured,
        ...(certificate !== undefined && { certificate }),
        ...asked,
        ...(given !== undefined && { givenCookie: given.value }),
      },
      subprotocol,
      () => this.#transports.delete(id),
    )
    if (!transport.open()) return reply(exchange, 503, 'too many connections, or the router stops')
    this.#transports.set(id, transport)
    const answer = JSON.stringify({ protocol: subprotocol.name, transport: id })
    const headers = {
      ...exchange.headers,
      ...(given !== undefined && { 'set-cookie': given.header }),
    }
    reply({ ...exchange, headers }, 200, answer, 'application/json')
  }

  /** Lets the page read our answers that asked. */
  #crossOrigin({ headers: { origin } }: IncomingMessage): Record<string, string> {
    if (origin === undefined) return {}
    // With its cookies only where the page was named: under `*` any page could act for its reader.
    const named = this.#options.origins?.includes(origin) === true
    return {
      'access-control-allow-origin': origin,
      vary: 'origin',
      ...(named && { 'access-control-allow-credentials': 'true' }),
    }
  }
}

/** Answers without a look at the body. */
function refuse(exchange: Exchange, status: number, text: string): void {
  exchange.request.resume()
  reply(exchange, status, text)
}

function preflight(exchange: Exchange): void {
  const headers = {
    ...exchange.headers,
    'access-control-allow-methods': 'POST',
    'access-control-allow-headers': 'content-type',
    'access-control-max-age': preflightSeconds,
  }
  refuse({ ...exchange, headers }, 204, '')
}

function offeredProtocols(body: Buffer): readonly string[] | undefined {
  let value: unknown
  try {
    value = JSON.parse(body.toString())
  } catch {
    return undefined
  }
  const offered = (value as { protocols?: unknown } | null)?.protocols
  if (!Array.isArray(offered)) return undefined
  return offered.every((name) => typeof name === 'string') ? offered : undefined
}
