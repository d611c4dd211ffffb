/** The middle value; the mean of the two in the middle of an even number. NaN of nothing. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const half = sorted.length >> 1
  const upper = sorted[half] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? Number.NaN) + upper) / 2
}

export interface Interval {
  readonly from: number
  readonly to: number
}

/**
 * The interval in which the median of all that could have been measured lies with at least the given confidence, by
 * order statistics (the sign test): each value lies on either side of that median with one half, whatever the
 * distribution, so the k-th smallest and the k-th largest enclose it but for twice the chance of fewer than k heads in
 * n throws. 15 values at 90 %: the 4th smallest to the 4th largest (96.5 %). Undefined where even the whole range says
 * less, which at 90 % is below 5 values.
 */
export function medianInterval(
  values: readonly number[],
  confidence: number = 0.9,
): Interval | undefined {
  const sorted = values.toSorted((a, b) => a - b)
  const n = sorted.length
  let rank = 0
  // The chance of exactly `rank` heads, and of at most as many.
  let chance = 0.5 ** n
  let atMost = chance
  while (rank < n && 2 * atMost <= 1 - confidence) {
    chance = (chance * (n - rank)) / (rank + 1)
    rank++
    atMost += chance
  }
  const [from, to] = [sorted[rank - 1], sorted[n - rank]]
  return from === undefined || to === undefined ? undefined : { from, to }
}
