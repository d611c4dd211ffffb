import type { Clock } from '../clock.ts'
import type { DomainLog } from './alarms.ts'
import type { Bounds } from './bounds.ts'
import { DomainError, invalid } from './errors.ts'
import type { UsageLog, UsageRow, UsageSum } from './store/usage-log.ts'

const minuteMs = 60_000

/** What is counted: one reader, one URI. */
export type UsageKey = Pick<UsageRow, 'realm' | 'reader' | 'uri' | 'action'>

/** Counts uses. One costs an increment. */
export interface UsageCounter {
  add(): void
}

type UsageBounds = Pick<
  Bounds,
  'usageCounters' | 'usageCountersPerReader' | 'usageMs' | 'usageRows' | 'usageListing'
>

/** No closure, so that V8 compiles what counts into what is counted. */
class Counter implements UsageCounter {
  readonly key: UsageKey
  /** Uses since the last writing. */
  n = 0
  readonly #begin: (counter: Counter) => boolean

  /** @param begin asked for the first use since the last writing: whether it is to be counted here */
  constructor(key: UsageKey, begin: (counter: Counter) => boolean) {
    this.key = key
    this.#begin = begin
  }

  add(): void {
    if (this.n > 0 || this.#begin(this)) this.n += 1
  }
}

/**
 * Who used and heard what, by the minute: so that those whose it is can see it. Messages pay an increment; what was
 * counted in a minute is written in one batch after it.
 */
export class Usage {
  readonly #rows: UsageLog
  readonly #clock: Clock
  readonly #bounds: UsageBounds
  readonly #log: DomainLog
  /** Those that were counted since the last writing. */
  readonly #live = new Map<string, Counter>()
  /** How many of those each reader has. */
  readonly #liveOf = new Map<string, number>()
  /** When the first of them was. */
  #from = 0
  /** What the store has not taken yet. */
  #waiting: UsageRow[] = []
  #writing: Promise<void> = Promise.resolve()
  #cancelTimer: (() => void) | undefined
  #lost = 0
  #losing = false
  #closed = false

  constructor(parts: {
    readonly rows: UsageLog
    readonly clock: Clock
    readonly bounds: UsageBounds
    readonly log: DomainLog
  }) {
    this.#rows = parts.rows
    this.#clock = parts.clock
    this.#bounds = parts.bounds
    this.#log = parts.log
  }

  /** Uses that were given up since the start: more different ones in a minute than `usageCounters`, or a failing store. */
  get lost(): number {
    return this.#lost
  }

  /** How long it is kept, in milliseconds. */
  get keptMs(): number {
    return this.#bounds.usageMs
  }

  /** How many different uses one listing tells of at most. */
  get mostListed(): number {
    return this.#bounds.usageListing
  }

  /** What counts one reader's uses of one URI, as often as wished. */
  counter(key: UsageKey): UsageCounter {
    const name = nameOf(key)
    const live = this.#live.get(name)
    return live ?? new Counter(key, (counter) => this.#began(name, counter))
  }

  /**
   * What was used and heard in a realm since then, with what was counted just before; the last ones first.
   * @throws DomainError invalid_argument, unavailable
   */
  async list(query: { readonly realm: string; readonly since: number }): Promise<UsageSum[]> {
    const earliest = this.#clock.now() - this.#bounds.usageMs
    if (query.since < earliest)
      throw invalid('since', query.since, `from ${earliest} on (usageMs), as no more is kept`)
    await this.#writing
    // Nobody has rows written by asking: they would push out what others want to see.
    const fresh = [...this.#waiting, ...this.#counted()].filter(
      ({ realm }) => realm === query.realm,
    )
    const limit = this.#bounds.usageListing
    try {
      return summed(await this.#rows.list({ ...query, limit }), fresh).slice(0, limit)
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      throw new DomainError('unavailable', reason, { cause: error })
    }
  }

  /** Writes what was counted, for the last time. */
  async close(): Promise<void> {
    this.#closed = true
    this.#cancelTimer?.()
    await this.#flush()
  }

  /** The first use since the last writing. `false`: there is no room, and it is not counted. */
  #began(name: string, counter: Counter): boolean {
    if (this.#closed) return false
    const live = this.#live.get(name)
    if (live !== undefined) {
      live.n += 1
      return false
    }
    if (this.#live.size >= this.#bounds.usageCounters) {
      this.#lose(1, `${this.#bounds.usageCounters} different ones in a minute (usageCounters)`)
      return false
    }
    const { realm, reader, uri } = counter.key
    const own = `${realm} ${reader}`
    const count = this.#liveOf.get(own) ?? 0
    const wider = widened(uri)
    if (count >= this.#bounds.usageCountersPerReader && wider !== uri) {
      this.counter({ ...counter.key, uri: wider }).add()
      return false
    }
    if (this.#live.size === 0) this.#from = this.#clock.now()
    this.#liveOf.set(own, count + 1)
    this.#live.set(name, counter)
    this.#cancelTimer ??= this.#clock.after(minuteMs, () => void this.#flush())
    return true
  }

  /** Never rejects: what the store does not take waits for the next time. */
  #flush(): Promise<void> {
    this.#cancelTimer?.()
    this.#cancelTimer = undefined
    const now = this.#clock.now()
    this.#waiting.push(...this.#counted())
    for (const counter of this.#live.values()) counter.n = 0
    this.#live.clear()
    this.#liveOf.clear()
    this.#writing = this.#writing.then(() => this.#write(now))
    return this.#writing
  }

  #counted(): UsageRow[] {
    const at = this.#from - (this.#from % minuteMs)
    return Array.from(this.#live.values(), ({ key, n }) => ({ ...key, at, count: n }))
  }

  async #write(now: number): Promise<void> {
    const rows = this.#waiting
    if (rows.length === 0) return
    this.#waiting = []
    const { usageMs, usageRows, usageCounters } = this.#bounds
    try {
      await this.#rows.append(rows, { before: now - usageMs, keep: usageRows })
      this.#losing = false
    } catch (error) {
      const kept = [...rows, ...this.#waiting]
      this.#waiting = kept.slice(-usageCounters)
      for (const { count } of kept.slice(0, -usageCounters)) this.#lose(count, 'the store failed')
      this.#log('warn', 'who used what could not be written', { error, waiting: rows.length })
      if (!this.#closed) this.#cancelTimer ??= this.#clock.after(minuteMs, () => void this.#flush())
    }
  }

  /** Said once each time that it begins. */
  #lose(count: number, reason: string): void {
    this.#lost += count
    if (!this.#losing) this.#log('warn', 'uses are not counted any more', { reason })
    this.#losing = true
  }
}

function nameOf({ realm, reader, action, uri }: UsageKey): string {
  return `${realm} ${reader} ${action} ${uri}`
}

/** Who makes up ever other names under one that he may use is counted by its first two components. */
function widened(uri: string): string {
  const parts = uri.split('.')
  return parts.length > 3 || (parts.length === 3 && parts[2] !== '')
    ? `${parts.slice(0, 2).join('.')}.`
    : uri
}

/** The last ones first. */
function summed(stored: readonly UsageSum[], fresh: readonly UsageRow[]): UsageSum[] {
  const sums = new Map(stored.map((sum) => [sumKey(sum), sum]))
  for (const { realm: _realm, at, ...row } of fresh) {
    const key = sumKey(row)
    const before = sums.get(key)
    sums.set(key, {
      ...row,
      count: row.count + (before?.count ?? 0),
      firstAt: Math.min(at, before?.firstAt ?? at),
      lastAt: Math.max(at, before?.lastAt ?? at),
    })
  }
  return [...sums.values()].toSorted((a, b) => b.lastAt - a.lastAt)
}

function sumKey({ reader, action, uri }: Pick<UsageSum, 'reader' | 'action' | 'uri'>): string {
  return `${reader} ${action} ${uri}`
}
