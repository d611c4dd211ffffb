import type { Server } from 'node:http'
import { DemoError } from './provider-files.ts'

/** Tries at finding a port that is free at both addresses of `localhost`. */
const tries = 10

/** The addresses of a host, of which the first must be there. */
export type Bindings = readonly [string, ...string[]]

/** `localhost` means both of its addresses, as browsers try both: who held the other one could show a sign-in of his own. */
const addresses: ReadonlyMap<string, Bindings> = new Map<string, Bindings>([
  ['localhost', ['127.0.0.1', '::1']],
  ['127.0.0.1', ['127.0.0.1']],
  ['::1', ['::1']],
])

/**
 * The addresses of a host on loopback.
 * @throws DemoError for any other host
 */
export function loopback(host: string): Bindings {
  const bindings = addresses.get(host)
  if (bindings !== undefined) return bindings
  throw new DemoError(
    `host was "${host}": the demo's provider knows its people's passwords in clear, so it listens on loopback only; allowed are ${[...addresses.keys()].join(', ')}`,
  )
}

/**
 * Listens on these addresses, all at one port.
 * `chosenIn`: the file that fixes the port, for the error when it is taken.
 * @throws DemoError when the port is taken
 */
export async function listenOn(
  make: () => Server,
  bindings: Bindings,
  port: number,
  chosenIn: string | undefined,
): Promise<{ readonly servers: readonly Server[]; readonly port: number }> {
  for (let attempt = 1; ; attempt++) {
    const bound = await listenOnAll(make, bindings, port)
    if ('port' in bound) return bound
    const { failure } = bound
    if (failure.code !== 'EADDRINUSE')
      throw new DemoError(`the provider cannot listen: ${failure.message}`, { cause: failure })
    if (port === 0 && attempt < tries) continue
    throw new DemoError(
      chosenIn === undefined
        ? `port ${port} is taken: choose another one`
        : `port ${port} is taken, and ${chosenIn} says that the provider is there: stop what listens on it, or use another folder`,
      { cause: failure },
    )
  }
}

async function listenOnAll(
  make: () => Server,
  [first, ...others]: Bindings,
  port: number,
): Promise<
  | { readonly servers: readonly Server[]; readonly port: number }
  | { readonly failure: NodeJS.ErrnoException }
> {
  const main = make()
  const servers = [main]
  const bound = await listen(main, first, port)
  if (typeof bound !== 'number') return { failure: bound }
  for (const address of others) {
    const twin = make()
    const result = await listen(twin, address, bound)
    if (typeof result === 'number') servers.push(twin)
    // A machine without IPv6 has no second address that anybody could hold.
    else if (result.code !== 'EADDRNOTAVAIL' && result.code !== 'EAFNOSUPPORT') {
      for (const server of servers) server.close()
      return { failure: result }
    }
  }
  return { servers, port: bound }
}

/** The port that was bound, or why none was. */
function listen(
  server: Server,
  address: string,
  port: number,
): Promise<number | NodeJS.ErrnoException> {
  return new Promise((resolve) => {
    server.once('error', resolve)
    server.listen({ host: address, port }, () => {
      server.off('error', resolve)
      const bound = server.address()
      resolve(typeof bound === 'object' && bound !== null ? bound.port : port)
    })
  })
}
