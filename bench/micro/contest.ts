import { Bench } from 'tinybench'

/** Two ways to do the same, or two things of which one is the measure of the other. */
export interface Contest {
  readonly what: string
  readonly against: string
  /** How many of the first make one of the second, where that is not 1. */
  readonly of?: number
  readonly one: () => void
  readonly other: () => void
}

export interface Outcome {
  readonly what: string
  readonly against: string
  /** How many times as fast `what` is as `against`. */
  readonly times: number
}

/** Too short for the clock by themselves. */
const batch = 256

/** Times both sides of each contest, and gives ratios: bare times say more about a machine than about a program. */
export async function hold(contests: readonly Contest[], timeMs: number): Promise<Outcome[]> {
  const bench = new Bench({ time: timeMs, warmupTime: timeMs / 2 })
  const add = (name: string, work: () => void): void => {
    bench.add(name, () => {
      for (let i = 0; i < batch; i++) work()
    })
  }
  for (const [index, { one, other }] of contests.entries()) {
    add(`${index} one`, one)
    add(`${index} other`, other)
  }
  await bench.run()
  const p50 = (name: string): number => {
    const result = bench.getTask(name)?.result
    if (result === undefined || !('latency' in result)) throw new Error(`${name} was not timed`)
    return result.latency.p50
  }
  return contests.map(({ what, against, of = 1 }, index) => ({
    what,
    against,
    times: p50(`${index} other`) / (of * p50(`${index} one`)),
  }))
}
