import { Socket } from 'node:net'

type Write = (...args: unknown[]) => void

/**
 * Counts the writes that sockets hand to the system while `run` is at work, by the port of the other end.
 * Only those of the side that listens: what clients write is their business.
 */
export async function countWrites(run: () => Promise<void>): Promise<ReadonlyMap<number, number>> {
  const writes = new Map<number, number>()
  const prototype = Socket.prototype as unknown as Record<string, Write>
  const names = ['_write', '_writev']
  const originals = new Map(names.map((name) => [name, prototype[name]]))
  for (const [name, original] of originals) {
    prototype[name] = function counted(this: Socket & { server?: unknown }, ...args) {
      const port = this.remotePort
      if (this.server && port !== undefined) writes.set(port, (writes.get(port) ?? 0) + 1)
      return original?.apply(this, args)
    }
  }
  try {
    await run()
  } finally {
    Object.assign(prototype, Object.fromEntries(originals))
  }
  return writes
}
