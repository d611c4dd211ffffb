import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { isIPv6 } from 'node:net'

/** What serves some of the requests of the HTTP port. */
export interface HttpRoute {
  /** Whether a request is its own. */
  takes(request: IncomingMessage): boolean
  /** Answers one that is. */
  serve(request: IncomingMessage, response: ServerResponse): void
}

/**
 * Asks the routes in their order; what none of them takes is for `rest`.
 * @param perAddress requests of one address that may be under way at once in all routes. The next is refused with 429:
 * whoever sends slowly holds no more of what the routes have for everybody.
 */
export function withRoutes(
  routes: readonly HttpRoute[],
  rest: RequestListener,
  { perAddress }: { readonly perAddress: number },
): RequestListener {
  if (routes.length === 0) return rest
  const underWay = new Map<string, number>()
  return (request, response) => {
    const route = routes.find((each) => each.takes(request))
    if (route === undefined) return rest(request, response)
    const source = sourceOf(request.socket.remoteAddress)
    if (source === undefined) return route.serve(request, response)
    const count = underWay.get(source) ?? 0
    if (count >= perAddress) return refuse(request, response)
    underWay.set(source, count + 1)
    response.once('close', () => {
      const left = (underWay.get(source) ?? 1) - 1
      if (left > 0) underWay.set(source, left)
      else underWay.delete(source)
    })
    route.serve(request, response)
  }
}

function refuse(request: IncomingMessage, response: ServerResponse): void {
  request.resume()
  response
    .writeHead(429, {
      'content-type': 'application/json',
      'cache-control': 'no-store',
      'retry-after': '1',
      // What is left of a body is not waited for.
      connection: 'close',
    })
    .end('{"error":"too_many_requests"}')
}

/**
 * Who is one and the same: an address, and of IPv6 its network, as a single machine has all addresses of it.
 * `undefined`: a proxy on this machine, by a Unix socket, which is everybody.
 */
function sourceOf(address: string | undefined): string | undefined {
  if (address === undefined || !isIPv6(address)) return address
  const [before = '', after] = address.split('::')
  const head = before.split(':')
  const tail = after === undefined || after === '' ? [] : after.split(':')
  const groups =
    after === undefined
      ? head
      : [...head, ...Array.from({ length: 8 - head.length - tail.length }, () => '0'), ...tail]
  // An IPv4 address in the clothes of IPv6 is one of a single machine.
  return after?.includes('.') === true ? address : groups.slice(0, 4).join(':')
}
