/**
 * `tsx bench/micro/path-process.ts TREE` prints what plain calls and plain events cost the engine of a tree, as CPU
 * nanoseconds a message: `{ "call": …, "publish": … }`. In a process of its own, as two engines in one would make each
 * other's call sites see too many shapes.
 */
import { resolve } from 'node:path'
import { openPath } from './path.ts'

const rounds = 5
const messages = 48_000

const path = await openPath(resolve(process.argv[2] ?? '.'))

/** The best of the rounds: what disturbs makes it only slower. */
function cheapest(count: number, work: (count: number) => void): number {
  work(count)
  let best = Infinity
  for (let round = 0; round < rounds; round++) {
    const before = process.cpuUsage()
    work(count)
    const { user, system } = process.cpuUsage(before)
    best = Math.min(best, ((user + system) * 1_000) / count)
  }
  return best
}

const call = cheapest(messages, (count) => path.call(count))
const publish = cheapest(messages / 4, (count) => path.publish(count))
path.check()
process.stdout.write(`${JSON.stringify({ call, publish })}\n`)
