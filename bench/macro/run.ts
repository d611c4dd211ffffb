import type { Results, RunRecord } from '../results.ts'
import { runRecord } from '../run-record.ts'
import { cellsOf, heads } from './cells.ts'
import { buildGenerator, generatorIn, type Timing } from './generator.ts'
import { measure, type Means } from './measure.ts'
import { faultOf } from './measurement.ts'
import { inRound } from './order.ts'
import { Peers } from './peer.ts'
import { reportsOf } from './report.ts'
import type { PeerName, Row, Variant } from './row.ts'

export interface MacroOptions {
  readonly root: string
  /** Whose `dist/` is measured. */
  readonly tree: string
  /** Folder of the load generator and its peers. */
  readonly wampBench: string
  readonly rows: readonly Row[]
  /** Absent: as many as each row's bars ask for. */
  readonly rounds?: number
  /** How long each measurement takes; absent: 2, or what the row says. */
  readonly seconds?: number
  readonly command: string
  readonly results: Results
  readonly say: (line: string) => void
}

const defaultSeconds = 2
/** Before it counts: until the compiler has seen the hot path. */
const warmupSeconds = 1.5

/** Measures the rows one after the other. True when no bar was missed and nothing failed. */
export async function measureRows(options: MacroOptions): Promise<boolean> {
  const { root, tree, wampBench, rows, command, results, say } = options
  const generator = generatorIn(root)
  await buildGenerator(wampBench, generator)
  const peers = new Peers(wampBench)
  const { versions, missing } = await installPeers(peers, rows, say)
  const record: RunRecord = { ...runRecord(tree, command), versions, missing }
  await results.add(record)
  const means: Means = { tree, generator, peers }
  let isKept = true
  for (const row of rows) {
    say(`\n${row.what} (${row.key})`)
    await measureRow(options, means, row, record)
    const [report] = reportsOf(
      [row],
      (await results.all()).filter(({ run }) => run === record.run),
    )
    if (report === undefined) throw new Error(`nothing was measured of ${row.key}`)
    say(heads.slice(1).join(' | '))
    for (const verdict of report.verdicts) {
      say(cellsOf(report, verdict).slice(1).join(' | '))
      isKept &&= verdict.isKept !== false
    }
    for (const fault of report.faults) say(`failed: ${fault}`)
    isKept &&= report.faults.length === 0
  }
  return isKept
}

/** @param seconds what the command says, if it says so */
export function timingOf(variant: Variant, seconds: number | undefined): Timing {
  return {
    seconds: seconds ?? variant.seconds ?? defaultSeconds,
    warmup: Math.min(variant.warmup ?? warmupSeconds, seconds ?? Infinity),
  }
}

async function measureRow(
  { rounds, seconds, results, say }: MacroOptions,
  means: Means,
  row: Row,
  { run, missing }: RunRecord,
): Promise<void> {
  const variants = row.variants.filter(({ subject }) => missing[subject] === undefined)
  for (let round = 0; round < (rounds ?? row.rounds); round++)
    for (const variant of inRound(variants, round)) {
      const measurement = await measure(means, row, variant, timingOf(variant, seconds))
      await results.add({
        kind: 'measurement',
        run,
        row: row.key,
        variant: variant.name,
        round,
        measurement,
      })
      const fault = faultOf(measurement)
      const rate = Math.round(measurement.ops_per_router_cpu_s).toLocaleString('en')
      say(`  ${round + 1} ${variant.name}: ${fault ?? `${rate} for each second of CPU`}`)
    }
}

async function installPeers(
  peers: Peers,
  rows: readonly Row[],
  say: (line: string) => void,
): Promise<Pick<RunRecord, 'versions' | 'missing'>> {
  const versions: Record<string, string> = {}
  const missing: Record<string, string> = {}
  const subjects = new Set(rows.flatMap(({ variants }) => variants.map(({ subject }) => subject)))
  subjects.delete('ours')
  for (const name of subjects as Set<PeerName>) {
    const found = await peers.install(name, say)
    if ('version' in found) versions[name] = found.version
    else {
      missing[name] = found.missing
      say(`${name} cannot be installed and is left out: ${found.missing}`)
    }
  }
  return { versions, missing }
}
