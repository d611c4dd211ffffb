import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'

/** A port of this machine is taken; the message names it. */
export class PortTaken extends Error {
  override readonly name = 'PortTaken'
}

/**
 * Sees that a port is free at both addresses of `localhost`; 0 finds one.
 * @throws PortTaken
 */
export async function freePort(port: number): Promise<number> {
  const found = await probe('127.0.0.1', port)
  await probe('::1', found)
  return found
}

function probe(host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', (error: NodeJS.ErrnoException) => {
      // A machine without IPv6 has no ::1 that anybody could hold.
      if (error.code === 'EADDRNOTAVAIL' || error.code === 'EAFNOSUPPORT') return resolve(port)
      const why = error.code === 'EADDRINUSE' ? 'another program listens there' : error.message
      const help = 'choose another one with --port'
      reject(new PortTaken(`port ${port} of localhost cannot be used: ${why}; ${help}`))
    })
    server.listen({ host, port }, () => {
      const bound = (server.address() as AddressInfo).port
      server.close(() => resolve(bound))
    })
  })
}
