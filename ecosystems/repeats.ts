import type { Clock } from '../clock.ts'
import type { Bounds } from './bounds.ts'
import type { AuditRow } from './store/store.ts'

/** A record to be written. */
export type AuditRecord = Omit<AuditRow, 'seq'>

/** Counts what would only repeat a record, as long as its time runs. */
export interface Tally {
  /** Counts one more; `false`: its time is over, it must be recorded anew. */
  add(): boolean
}

type RepeatBounds = Pick<Bounds, 'auditWindowMs' | 'auditDistinct' | 'auditWindows'>

/**
 * Whoever is denied a thousand times in a second must neither fill the disk nor drown what others did. So what
 * repeats itself is recorded once, and counted until its window ends: then a second record tells the `count` in its
 * details. Nobody has more than so many different records a window; what goes beyond is counted in one.
 */
export class Repeats {
  readonly #clock: Clock
  readonly #bounds: RepeatBounds
  readonly #write: (record: AuditRecord) => void
  /** All windows are of one length, so the first one ends first. */
  readonly #windows = new Map<string, Window>()
  readonly #distinct = new Map<string, number>()
  #cancelTimer: (() => void) | undefined

  constructor(parts: {
    readonly clock: Clock
    readonly bounds: RepeatBounds
    readonly write: (record: AuditRecord) => void
  }) {
    this.#clock = parts.clock
    this.#bounds = parts.bounds
    this.#write = parts.write
  }

  /** Writes the record, or counts it where it repeats one or is one too many. */
  take(record: AuditRecord): Tally | undefined {
    const key = keyOf(record)
    const known = this.#windows.get(key)
    if (known !== undefined) return known.counted()
    const isFull = this.#windows.size >= this.#bounds.auditWindows
    // Only who has level 1 somewhere, or the machine, leaves records of what was allowed.
    if (record.outcome === 'allow') {
      this.#write(record)
      return isFull ? undefined : this.#begin(key, new Window(record, undefined))
    }
    const { realm, actor, outcome } = record
    const whose = `${outcome} ${realm} ${actor}`
    const distinct = this.#distinct.get(whose) ?? 0
    if (isFull) return this.#rest(`rest ${outcome}`, { ...record, realm: '', actor: 'several' })
    if (distinct >= this.#bounds.auditDistinct) return this.#rest(`rest ${whose}`, record)
    this.#distinct.set(whose, distinct + 1)
    this.#write(record)
    return this.#begin(key, new Window(record, whose))
  }

  /** Ends all windows now: what they counted is written. */
  close(): void {
    this.#cancelTimer?.()
    this.#endWindows(Infinity)
  }

  /** Counts what is too much to be recorded one by one. */
  #rest(key: string, record: AuditRecord): Tally {
    const known = this.#windows.get(key)
    if (known !== undefined) return known.counted()
    const summary: AuditRecord = {
      ...record,
      session: 0,
      action: '',
      target: '',
      reason: 'more than are recorded one by one',
      decisionId: null,
      details: {},
    }
    return this.#begin(key, new Window(summary, undefined)).counted()
  }

  #begin(key: string, window: Window): Window {
    window.endsAt = this.#clock.now() + this.#bounds.auditWindowMs
    this.#windows.set(key, window)
    this.#schedule(this.#bounds.auditWindowMs)
    return window
  }

  #schedule(delayMs: number): void {
    this.#cancelTimer ??= this.#clock.after(delayMs, () => {
      this.#cancelTimer = undefined
      this.#endWindows()
    })
  }

  #endWindows(now: number = this.#clock.now()): void {
    for (const [key, window] of this.#windows) {
      if (window.endsAt > now) break
      this.#windows.delete(key)
      this.#release(window.whose)
      const count = window.end()
      if (count > 0)
        this.#write({
          ...window.record,
          at: this.#clock.now(),
          details: { ...window.record.details, count },
        })
    }
    const [next] = this.#windows.values()
    if (next !== undefined) this.#schedule(next.endsAt - now)
  }

  #release(whose: string | undefined): void {
    if (whose === undefined) return
    const left = (this.#distinct.get(whose) ?? 1) - 1
    if (left > 0) this.#distinct.set(whose, left)
    else this.#distinct.delete(whose)
  }
}

class Window implements Tally {
  readonly record: AuditRecord
  /** Whose records it is one of. */
  readonly whose: string | undefined
  endsAt = 0
  #count = 0
  #open = true

  constructor(record: AuditRecord, whose: string | undefined) {
    this.record = record
    this.whose = whose
  }

  add(): boolean {
    if (this.#open) this.#count += 1
    return this.#open
  }

  counted(): this {
    this.#count += 1
    return this
  }

  end(): number {
    this.#open = false
    return this.#count
  }
}

/**
 * A denial goes out under its decision's name, by which it must be found. What is allowed goes out without one, and
 * is decided anew for each subscription.
 */
function keyOf(record: AuditRecord): string {
  const { realm, actor, session, action, target, outcome, reason, decisionId, details } = record
  if (outcome !== 'allow' && decisionId !== null) return decisionId
  return JSON.stringify([realm, actor, session, action, target, outcome, reason, details])
}
