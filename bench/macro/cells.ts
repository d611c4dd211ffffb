import { ratio, short } from '../numbers.ts'
import { figures } from './figures.ts'
import type { RowReport } from './report.ts'
import type { Verdict } from './verdict.ts'

export const heads: readonly string[] = [
  'what',
  'ours',
  'against',
  'ratio',
  'bar',
  'kept',
  'rounds',
]

/** One comparison in words, for the terminal and for the page. */
export function cellsOf({ row }: Pick<RowReport, 'row'>, verdict: Verdict): readonly string[] {
  const { comparison, figure, other, value, interval, rounds, isKept } = verdict
  const { unit } = figures[comparison.figure]
  const isRatio = comparison.by === 'medians' || comparison.by === 'paired'
  const show = isRatio ? ratio : short
  const span = interval === undefined ? '' : ` [${show(interval.from)} – ${show(interval.to)}]`
  const own = comparison.of === 'ours' ? '' : ` (${comparison.of.replace(/^ours,? /, '')})`
  const their = comparison.against?.replace(/^ours,? /, 'ours: ') ?? ''
  const sign = comparison.is === 'at least' ? '≥' : '≤'
  return [
    row.what,
    `${short(figure)} ${unit}${own}`,
    other === undefined ? their || '–' : `${their} ${short(other)}`,
    comparison.by === 'difference'
      ? `${short(value)} more${span}`
      : isRatio
        ? `${ratio(value)}${span}`
        : span.trim() || '–',
    comparison.bar === undefined
      ? '–'
      : `${sign} ${isRatio ? ratio(comparison.bar) : short(comparison.bar)}`,
    isKept === undefined ? '–' : isKept ? 'yes' : rounds === 0 ? '**not measured**' : '**no**',
    rounds < row.rounds ? `${rounds} of ${row.rounds}` : String(rounds),
  ]
}
