import { median, medianInterval, type Interval } from '../statistics.ts'
import { figureOf, type FigureName } from './figures.ts'
import { faultOf, type Measurement } from './measurement.ts'
import type { Comparison } from './row.ts'

/** What one comparison came to. */
export interface Verdict {
  readonly comparison: Comparison
  /** Medians. */
  readonly figure: number
  readonly other?: number
  /** What is compared with the bar: a ratio, a difference, or the figure itself. NaN: nothing to compare. */
  readonly value: number
  /** At 90 %, where `value` is a median over rounds. */
  readonly interval?: Interval
  /** How many rounds it rests on. */
  readonly rounds: number
  /** Absent: there is no bar. */
  readonly isKept?: boolean
}

/** The measurements of one variant by round; a round may be missing. */
export type Rounds = ReadonlyMap<number, Measurement>

/**
 * A comparison over what was measured; measurements with a fault do not count. Where nothing can be compared, a bar is
 * not kept, and what is for information is left out.
 */
export function judge(
  comparison: Comparison,
  measured: ReadonlyMap<string, Rounds>,
): Verdict | undefined {
  const of = goodFigures(measured.get(comparison.of), comparison.figure)
  if (comparison.against === undefined) return alone(comparison, of)
  const against = goodFigures(measured.get(comparison.against), comparison.figure)
  const rounds = [...of.keys()].filter((round) => against.has(round))
  if (rounds.length === 0) return unmeasured(comparison)
  const pairs = rounds.map((round) => [of.get(round) ?? 0, against.get(round) ?? 0] as const)
  const figure = median([...of.values()])
  const other = median([...against.values()])
  const base = { comparison, figure, other, rounds: rounds.length }
  if (comparison.by === 'medians') return weigh({ ...base, value: figure / other })
  const between = pairs.map(([one, two]) => (comparison.by === 'paired' ? one / two : one - two))
  const interval = medianInterval(between)
  return weigh({ ...base, value: median(between), ...(interval !== undefined && { interval }) })
}

function alone(comparison: Comparison, of: ReadonlyMap<number, number>): Verdict | undefined {
  const values = [...of.values()]
  if (values.length === 0) return unmeasured(comparison)
  const value = median(values)
  const interval = medianInterval(values)
  const base = { comparison, figure: value, value, rounds: values.length }
  return weigh({ ...base, ...(interval !== undefined && { interval }) })
}

function unmeasured(comparison: Comparison): Verdict | undefined {
  if (comparison.bar === undefined) return undefined
  return { comparison, figure: Number.NaN, value: Number.NaN, rounds: 0, isKept: false }
}

function weigh(verdict: Omit<Verdict, 'isKept'>): Verdict {
  const { is, bar } = verdict.comparison
  if (bar === undefined) return verdict
  return { ...verdict, isKept: is === 'at least' ? verdict.value >= bar : verdict.value <= bar }
}

function goodFigures(rounds: Rounds | undefined, name: FigureName): Map<number, number> {
  const good = new Map<number, number>()
  for (const [round, measurement] of rounds ?? []) {
    if (faultOf(measurement) !== undefined) continue
    const value = figureOf(name, measurement)
    if (value !== undefined && Number.isFinite(value)) good.set(round, value)
  }
  return good
}
