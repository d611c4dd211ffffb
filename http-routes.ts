import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'

/** Serves a request of the HTTP port if it is its own: `true`. Whoever takes a request answers it. */
export type HttpRoute = (request: IncomingMessage, response: ServerResponse) => boolean

/** Asks the routes in their order; what none of them takes is for `rest`. */
export function withRoutes(routes: readonly HttpRoute[], rest: RequestListener): RequestListener {
  if (routes.length === 0) return rest
  return (request, response) => {
    for (const route of routes) if (route(request, response)) return
    rest(request, response)
  }
}
