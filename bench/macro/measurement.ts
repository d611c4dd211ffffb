/** What the load generator prints of one measurement; our own drivers print the same. */
export interface Measurement {
  /** Per second of wall clock. */
  readonly ops_per_s: number
  /** Per second of the router's CPU, all its processes and threads together. */
  readonly ops_per_router_cpu_s: number
  readonly p50_us?: number
  readonly p99_us?: number
  readonly rss_after_mib?: number
  readonly errors: number
  readonly lost_sessions: number
  readonly note?: string
  /** Why nothing of it may be used. */
  readonly fault?: string
  readonly extra?: {
    readonly kib_per_session?: number
    readonly lost_pct?: number
    readonly rss_mib_by_second?: readonly number[]
    readonly slow_state?: string
    /** Calls, with those of the warm-up. */
    readonly answered?: number
  }
}

/** Why a measurement is not to be used; undefined when it is good. */
export function faultOf(measurement: Measurement): string | undefined {
  const { fault, errors, lost_sessions: lost, note } = measurement
  if (fault !== undefined && fault !== '') return fault
  if (errors > 0 || lost > 0)
    return `${errors} errors, ${lost} sessions lost${note === undefined ? '' : `: ${note}`}`
  return undefined
}
