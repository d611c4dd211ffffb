import type { Measurement } from './measurement.ts'

export type FigureName =
  'perCpu' | 'perSecond' | 'p50' | 'p99' | 'perSession' | 'memory' | 'grown' | 'lost'

interface FigureKind {
  readonly unit: string
  read(measurement: Measurement): number | undefined
}

/**
 * The figures that rows compare. `grown`: resident memory from the second second of a slow subscriber to its highest
 * afterwards. By then the warm-up and one second of load have passed, in which every heap here reaches its working size.
 */
export const figures: Readonly<Record<FigureName, FigureKind>> = {
  perCpu: { unit: '/CPU s', read: (m) => m.ops_per_router_cpu_s },
  perSecond: { unit: '/s', read: (m) => m.ops_per_s },
  p50: { unit: 'µs p50', read: (m) => m.p50_us },
  p99: { unit: 'µs p99', read: (m) => m.p99_us },
  perSession: { unit: 'KiB a session', read: (m) => m.extra?.kib_per_session },
  memory: { unit: 'MiB', read: (m) => m.rss_after_mib },
  grown: {
    unit: 'MiB grown',
    read(m) {
      const [, warm, ...later] = m.extra?.rss_mib_by_second ?? []
      return warm === undefined || later.length === 0 ? undefined : Math.max(...later) - warm
    },
  },
  lost: { unit: '% of events lost', read: (m) => m.extra?.lost_pct },
}

export function figureOf(name: FigureName, measurement: Measurement): number | undefined {
  return figures[name].read(measurement)
}
