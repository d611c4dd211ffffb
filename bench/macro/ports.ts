import { once } from 'node:events'
import { createServer } from 'node:net'

/** Below the ephemeral ports of the system: clients of a benchmark use thousands of those. */
const lowest = 10_000
const highest = 20_000
const tries = 200

async function isFree(port: number): Promise<boolean> {
  const server = createServer()
  server.listen(port, '127.0.0.1')
  try {
    await once(server, 'listening')
  } catch {
    // Somebody has it.
    return false
  }
  server.close()
  await once(server, 'close')
  return true
}

/** A port that nobody listens on, nor on the one after it. */
export async function freePair(): Promise<number> {
  for (let i = 0; i < tries; i++) {
    const port = lowest + 2 * Math.floor((Math.random() * (highest - lowest)) / 2)
    if ((await isFree(port)) && (await isFree(port + 1))) return port
  }
  throw new Error(`no two free ports from ${lowest} to ${highest}`)
}
