import type { BenchRecord, MeasurementRecord, RunRecord } from '../results.ts'
import { faultOf } from './measurement.ts'
import type { Row } from './row.ts'
import { judge, type Rounds, type Verdict } from './verdict.ts'

/** What is known of one row: by one run of the command, as figures of different ones cannot be compared. */
export interface RowReport {
  readonly row: Row
  readonly run: RunRecord
  readonly verdicts: readonly Verdict[]
  /** What went wrong, in words. */
  readonly faults: readonly string[]
}

/**
 * Each row as it was measured last: by the latest run with all the rounds that its bars ask for, or where there is
 * none by the latest. Rows that were never measured are left out.
 */
export function reportsOf(rows: readonly Row[], records: readonly BenchRecord[]): RowReport[] {
  const runs = records.filter((record) => record.kind === 'run')
  const measurements = records.filter((record) => record.kind === 'measurement')
  return rows.flatMap((row) => {
    const report = reportOf(row, runs, measurements)
    return report === undefined ? [] : [report]
  })
}

function reportOf(
  row: Row,
  runs: readonly RunRecord[],
  measurements: readonly MeasurementRecord[],
): RowReport | undefined {
  const ofRow = measurements.filter((one) => one.row === row.key)
  const candidates = runs
    .map((run) => ({ run, found: ofRow.filter((one) => one.run === run.run) }))
    .filter(({ found }) => found.length > 0)
  const complete = candidates.findLast(
    ({ found }) => new Set(found.map((one) => one.round)).size >= row.rounds,
  )
  const { run, found } = complete ?? candidates.at(-1) ?? {}
  if (run === undefined || found === undefined) return undefined
  const measured = byVariant(found)
  return {
    row,
    run,
    verdicts: row.comparisons.flatMap((comparison) => judge(comparison, measured) ?? []),
    faults: found.flatMap(({ variant, round, measurement }) => {
      const fault = faultOf(measurement)
      return fault === undefined ? [] : [`${row.key}, ${variant}, round ${round + 1}: ${fault}`]
    }),
  }
}

function byVariant(found: readonly MeasurementRecord[]): Map<string, Rounds> {
  const measured = new Map<string, Map<number, MeasurementRecord['measurement']>>()
  for (const { variant, round, measurement } of found) {
    const rounds = measured.get(variant) ?? new Map<number, MeasurementRecord['measurement']>()
    measured.set(variant, rounds.set(round, measurement))
  }
  return measured
}
