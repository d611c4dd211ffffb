import type { UsageLog, UsageQuery, UsageRow, UsageSum } from './usage-log.ts'

/** The rows as long as the process lives. */
export class MemoryUsage implements UsageLog {
  #rows: UsageRow[] = []

  async append(
    rows: readonly UsageRow[],
    { before, keep }: { readonly before: number; readonly keep: number },
  ): Promise<void> {
    this.#rows = [...this.#rows, ...rows].filter(({ at }) => at >= before).slice(-keep)
  }

  async list({ realm, since, limit }: UsageQuery): Promise<UsageSum[]> {
    const sums = new Map<string, UsageSum>()
    for (const { at, count, realm: where, ...rest } of this.#rows) {
      if (where !== realm || at < since) continue
      const key = JSON.stringify([rest.reader, rest.action, rest.uri])
      const before = sums.get(key) ?? { ...rest, count: 0, firstAt: at, lastAt: at }
      sums.set(key, {
        ...before,
        count: before.count + count,
        firstAt: Math.min(before.firstAt, at),
        lastAt: Math.max(before.lastAt, at),
      })
    }
    return [...sums.values()].toSorted(latestFirst).slice(0, limit)
  }
}

function latestFirst(a: UsageSum, b: UsageSum): number {
  return b.lastAt - a.lastAt || (a.reader + a.uri < b.reader + b.uri ? -1 : 1)
}
