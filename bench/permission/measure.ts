/** One figure of the product, and what it must be. */
export interface Figure {
  readonly what: string
  readonly value: number
  readonly unit: string
  readonly bar: number
  /** Whether the bar is the most, or the least, that it may be. */
  readonly is: 'at most' | 'at least'
}

export function met({ value, bar, is }: Figure): boolean {
  return is === 'at most' ? value <= bar : value >= bar
}

/** The value below which the share of all values lies. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN
}
