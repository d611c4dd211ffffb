import { existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { gather } from './crowd.ts'
import { measureRealm } from './house.ts'
import { failed, generate, type Timing } from './generator.ts'
import type { Measurement } from './measurement.ts'
import { startOurs } from './ours.ts'
import type { Peers } from './peer.ts'
import type { Row, Variant } from './row.ts'
import type { Subject } from './subject.ts'
import { within } from './within.ts'

const gatherMs = 120_000

export interface Means {
  /** The tree whose `dist/` is measured. */
  readonly tree: string
  /** The built load generator. */
  readonly generator: string
  readonly peers: Peers
}

/** Starts what is to be measured anew, puts the load on it, and ends it. What goes wrong is a fault of the measurement. */
export async function measure(
  { tree, generator, peers }: Means,
  row: Row,
  variant: Variant,
  timing: Timing,
): Promise<Measurement> {
  let subject: Subject | undefined
  let disperse: (() => void) | undefined
  try {
    if (variant.calls !== undefined) return await measureRealm(tree, variant.calls, timing)
    const [own, others] = row.pinned === true && availableParallelism() >= 2 ? [1, 0] : []
    subject =
      variant.subject === 'ours'
        ? await startOurs(tree, own)
        : await peers.start(variant.subject, own)
    if (variant.crowd !== undefined)
      disperse = await within(
        gatherMs,
        'opening the idle sessions',
        gather(subject.webSocket, variant.crowd),
      )
    const measurement = await generate(generator, subject, variant, timing, others)
    // Dead, or never there: somebody else's router had taken its port.
    return lives(subject.pid) ? measurement : failed(subject.lastWords.behind('the router died'))
  } catch (error) {
    return failed((error as Error).message)
  } finally {
    disperse?.()
    await subject?.stop()
  }
}

function lives(pid: number): boolean {
  return existsSync(`/proc/${pid}`)
}
