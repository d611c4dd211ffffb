import type { Clock } from '../clock.ts'
import type { DomainLog } from './alarms.ts'
import type { Bounds } from './bounds.ts'
import { DomainError, invalid } from './errors.ts'
import type { UsageLog, UsageRow, UsageSum } from './store/usage-log.ts'

const minuteMs = 60_000

/** What is counted: one reader, one URI. */
export type UsageKey = Pick<UsageRow, 'realm' | 'reader' | 'uri' | 'action'>

/** Counts one use. Costs an increment. */
export interface UsageCounter {
  readonly add: () => void
}

type UsageBounds = Pick<Bounds, 'usageCounters' | 'usageMs' | 'usageRows' | 'usageListing'>

interface Counter extends UsageCounter {
  readonly key: UsageKey
  n: number
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

  /** What counts one reader's uses of one URI, as often as wished. */
  counter(key: UsageKey): UsageCounter {
    const name = nameOf(key)
    const live = this.#live.get(name)
    if (live !== undefined) return live
    const counter: Counter = {
      key,
      n: 0,
      add: () => {
        if (counter.n > 0 || this.#began(name, counter)) counter.n += 1
      },
    }
    return counter
  }

  /**
   * What was used and heard in a realm since then, with what was counted just before; the last ones first.
   * @throws DomainError invalid_argument, unavailable
   */
  async list(query: { readonly realm: string; readonly since: number }): Promise<UsageSum[]> {
    const earliest = this.#clock.now() - this.#bounds.usageMs
    if (query.since < earliest)
      throw invalid('since', query.since, `from ${earliest} on (usageMs), as no more is kept`)
    await this.#flush()
    try {
      return await this.#rows.list({ ...query, limit: this.#bounds.usageListing })
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
    this.#live.set(name, counter)
    this.#cancelTimer ??= this.#clock.after(minuteMs, () => void this.#flush())
    return true
  }

  /** Never rejects: what the store does not take waits for the next time. */
  #flush(): Promise<void> {
    this.#cancelTimer?.()
    this.#cancelTimer = undefined
    const now = this.#clock.now()
    const at = now - (now % minuteMs)
    for (const counter of this.#live.values()) {
      this.#waiting.push({ ...counter.key, at, count: counter.n })
      counter.n = 0
    }
    this.#live.clear()
    this.#writing = this.#writing.then(() => this.#write(now))
    return this.#writing
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
