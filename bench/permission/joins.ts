import { Client } from './client.ts'
import type { BenchHouse } from './house.ts'
import type { Figure } from './measure.ts'

const joins = 6_000
const atOnce = 16

/** Joins by ES256 tokens, each proven anew, as a core could do them in a second: by CPU time, as machines are noisy. */
export async function measureJoins(house: BenchHouse): Promise<Figure[]> {
  const people = Array.from({ length: 20 }, (_, i) => `joiner${i}`)
  for (const id of people) await house.person(id, 3)
  const tokens = await Promise.all(
    Array.from({ length: joins }, (_, i) => house.provider.token(people[i % people.length] ?? '')),
  )
  const run = async (part: readonly string[]): Promise<number> => {
    const waiting = [...part]
    const before = process.cpuUsage()
    const work = async (): Promise<void> => {
      for (let token = waiting.pop(); token !== undefined; token = waiting.pop()) {
        const client = await new Client(house.server.router, { address: '127.0.0.1' }).join(
          'home',
          token,
        )
        client.close('goodbye')
      }
    }
    await Promise.all(Array.from({ length: atOnce }, work))
    const { user, system } = process.cpuUsage(before)
    return (part.length / (user + system)) * 1e6
  }
  await run(tokens.slice(0, 1_000))
  return [
    {
      what: 'joins with ES256 tokens for each second of CPU',
      value: await run(tokens.slice(1_000)),
      unit: '/s',
      bar: 2_000,
      is: 'at least',
    },
  ]
}
