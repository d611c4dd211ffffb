import { mkdir, readdir, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { ArgumentError } from '../arguments.ts'
import { run } from './child.ts'
import type { Measurement } from './measurement.ts'
import type { Subject } from './subject.ts'
import type { Variant } from './row.ts'

/** Beside the warm-up: joins, late events, a slow subscriber that is read to its end. */
const slackMs = 90_000

async function changedAt(file: string): Promise<number> {
  try {
    return (await stat(file)).mtimeMs
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0
    throw error
  }
}

/** Where it is built. */
export const generatorIn = (root: string): string => join(root, '.cache/bench/wampload')

/**
 * The load generator of the folder that WAMP_BENCH names, built where it is missing or older than its sources.
 * @throws ArgumentError that says what to install, or Error that says what the compiler said
 */
export async function buildGenerator(wampBench: string, file: string): Promise<void> {
  const sources = (await readdir(wampBench)).filter((name) => /\.go$|^go\.(?:mod|sum)$/.test(name))
  if (sources.length === 0)
    throw new Error(`WAMP_BENCH: ${wampBench} has no Go sources of the load generator`)
  const newest = Math.max(
    ...(await Promise.all(sources.map((name) => changedAt(join(wampBench, name))))),
  )
  if ((await changedAt(file)) > newest) return
  await mkdir(dirname(file), { recursive: true })
  const { code, err } = await run('go', ['build', '-buildvcs=false', '-o', file, '.'], {
    cwd: wampBench,
  })
  if (code === 127)
    throw new ArgumentError(
      'PATH: found no go; allowed is one with it, as the load generator of WAMP_BENCH is written in Go',
    )
  if (code !== 0) throw new Error(`go build of the load generator failed:\n${err}`)
}

export interface Timing {
  readonly seconds: number
  readonly warmup: number
}

/** One measurement by the load generator. */
export async function generate(
  file: string,
  subject: Subject,
  { transport, serializer, load }: Variant,
  { seconds, warmup }: Timing,
  core?: number,
): Promise<Measurement> {
  const url = transport === 'ws' ? subject.webSocket : subject.rawSocket
  const options = ['--url', url, '--serializer', serializer, '--pid', String(subject.pid)]
  const time = ['--seconds', String(seconds), '--warmup', String(warmup), '--json']
  const args = [...load, ...options, ...time]
  if (subject.isRelay) args.push('--relay')
  const withinMs = (seconds + warmup) * 1_000 + slackMs
  const { out, err } = await run(file, args, { withinMs, core })
  const line = out.trim().split('\n').at(-1) ?? ''
  if (line === '') return failed(err.slice(-300) || 'the load generator said nothing')
  return JSON.parse(line) as Measurement
}

export function failed(fault: string): Measurement {
  return { ops_per_s: 0, ops_per_router_cpu_s: 0, errors: 0, lost_sessions: 0, fault }
}
