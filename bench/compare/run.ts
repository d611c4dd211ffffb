import { join } from 'node:path'
import { build } from '../build.ts'
import { run } from '../macro/child.ts'
import { buildGenerator, generatorIn } from '../macro/generator.ts'
import { measure } from '../macro/measure.ts'
import { faultOf } from '../macro/measurement.ts'
import { inRound } from '../macro/order.ts'
import { Peers } from '../macro/peer.ts'
import type { Row, Variant } from '../macro/row.ts'
import { timingOf } from '../macro/run.ts'
import { ratio } from '../numbers.ts'
import { median, medianInterval } from '../statistics.ts'
import { buildOnce, checkOut, type Revision } from './revision.ts'

export interface CompareOptions {
  readonly root: string
  readonly revision: string
  /** Absent: only the path in memory is compared. */
  readonly wampBench?: string
  readonly rows: readonly Row[]
  readonly rounds?: number
  readonly seconds?: number
  readonly say: (line: string) => void
}

/** What is compared where the command names no rows. */
export const usualRows: readonly string[] = ['rpc', 'events', 'connect']
const usualRounds = 15
/** Slower than this, and beyond doubt (the whole interval), is a change for the worse. */
const worst = 0.97

interface Side {
  readonly name: 'before' | 'after'
  readonly tree: string
}

/**
 * This tree (`after`) against another revision of it (`before`), both in turn in each round: the median of the rounds'
 * ratios of what they do for each second of CPU, with its 90 % interval. True when nothing became slower beyond doubt.
 */
export async function compare(options: CompareOptions): Promise<boolean> {
  const { root, revision, wampBench, rows, say } = options
  const other = await checkOut(root, revision, say)
  const sides = [
    { name: 'before', tree: other.tree },
    { name: 'after', tree: root },
  ] as const
  say(`this tree against ${revision} (${other.hash.slice(0, 12)}), paired ratios of CPU:`)
  let isKept = await compareInMemory(options, sides)
  if (wampBench === undefined) {
    say(
      'Over sockets nothing is compared: WAMP_BENCH does not name the folder of the load generator.',
    )
    return isKept
  }
  const generator = await prepare(options, wampBench, other)
  const peers = new Peers(wampBench)
  for (const row of rows)
    for (const variant of row.variants.filter(({ subject }) => subject === 'ours')) {
      const what = `${row.key}, ${variant.name}`
      isKept =
        (await inTurn(options, what, sides, ({ tree }) =>
          rateOf({ tree, generator, peers }, row, variant, options),
        )) && isKept
    }
  return isKept
}

async function prepare(
  { root }: CompareOptions,
  wampBench: string,
  other: Revision,
): Promise<string> {
  const generator = generatorIn(root)
  await buildGenerator(wampBench, generator)
  await buildOnce(other)
  await build(root)
  return generator
}

async function rateOf(
  means: Parameters<typeof measure>[0],
  row: Row,
  variant: Variant,
  { seconds }: CompareOptions,
): Promise<number> {
  const measurement = await measure(means, row, variant, timingOf(variant, seconds))
  const fault = faultOf(measurement)
  if (fault !== undefined) throw new Error(`${row.key}, ${means.tree}: ${fault}`)
  return measurement.ops_per_router_cpu_s
}

async function compareInMemory(
  options: CompareOptions,
  sides: readonly [Side, Side],
): Promise<boolean> {
  const { root } = options
  const script = join(root, 'bench/micro/path-process.ts')
  const events = { before: [] as number[], after: [] as number[] }
  const both = async (side: Side): Promise<number> => {
    const { code, out, err } = await run(process.execPath, ['--import', 'tsx', script, side.tree], {
      cwd: root,
    })
    if (code !== 0) throw new Error(`the path in memory of ${side.tree} failed: ${err}`)
    const cost = JSON.parse(out) as { call: number; publish: number }
    events[side.name].push(1 / cost.publish)
    return 1 / cost.call
  }
  const areCallsKept = await inTurn(options, 'in memory, calls', sides, both)
  return tell(options, 'in memory, events', events) && areCallsKept
}

async function inTurn(
  options: CompareOptions,
  what: string,
  sides: readonly [Side, Side],
  rate: (side: Side) => Promise<number>,
): Promise<boolean> {
  const rates = { before: [] as number[], after: [] as number[] }
  for (let round = 0; round < (options.rounds ?? usualRounds); round++)
    for (const side of inRound(sides, round)) rates[side.name].push(await rate(side))
  return tell(options, what, rates)
}

function tell(
  { say }: CompareOptions,
  what: string,
  { before, after }: Readonly<Record<Side['name'], readonly number[]>>,
): boolean {
  const ratios = after.map((rate, round) => rate / (before[round] ?? Number.NaN))
  const interval = medianInterval(ratios)
  const span =
    interval === undefined
      ? `${ratios.length} rounds, too few for an interval`
      : `90 %: ${ratio(interval.from)} – ${ratio(interval.to)}, ${ratios.length} rounds`
  const isSlower = interval !== undefined && interval.to < worst
  say(`${what.padEnd(40)} ${ratio(median(ratios))} (${span})${isSlower ? '  SLOWER' : ''}`)
  return !isSlower
}
