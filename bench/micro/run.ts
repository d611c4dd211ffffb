import { short } from '../numbers.ts'
import { hold, type Outcome } from './contest.ts'
import { lookingUpContests } from './looking-up.ts'
import { routingContests } from './routing.ts'
import { splicingContests } from './splicing.ts'

const defaultMs = 500

/** Times pieces of the hot path in memory, and says how they stand to something known. */
export async function measureMicro(
  root: string,
  say: (line: string) => void,
  timeMs: number = defaultMs,
): Promise<Outcome[]> {
  const { contests, path } = await routingContests(root)
  const outcomes = await hold([...splicingContests(), ...lookingUpContests(), ...contests], timeMs)
  path.check()
  for (const { what, against, times } of outcomes)
    say(`${what.padEnd(58)} ${short(times).padStart(6)} x as fast as ${against}`)
  return outcomes
}
