import type { Alarms, DomainLog } from './alarms.ts'
import type { Clock } from '../clock.ts'
import type { Bounds } from './bounds.ts'
import { DomainError, invalid } from './errors.ts'
import { Repeats, type AuditRecord, type Tally } from './repeats.ts'
import type { AuditQuery, AuditRow, Store } from './store/store.ts'

/** One record to be written; `at` is now unless it is given. */
export type AuditEntry = Omit<AuditRow, 'seq' | 'at'> & { readonly at?: number }

const maxTextLength = 512
/** While the store fails, the next try comes after twice the time, up to this. */
const longestDelayMs = 10_000

/**
 * The trace of changes, denials and uses of level 1. Records are queued and written in batches, so that a
 * decision never waits for the disk; if the disk fails they wait, up to a bound, then they are lost and counted.
 * Each outcome has its own part of the queue: however many denials wait, none takes the place of a change.
 */
export class Audit {
  readonly #store: Store
  readonly #clock: Clock
  readonly #bounds: Bounds
  readonly #alarms: Alarms
  readonly #log: DomainLog
  readonly #repeats: Repeats
  #queue: AuditRecord[] = []
  readonly #waiting: Record<AuditRow['outcome'], number> = {
    allow: 0,
    deny: 0,
    change: 0,
    failure: 0,
  }
  #writing: Promise<unknown> | undefined
  /** Records written since the start. */
  #written = 0
  #cancelTimer: (() => void) | undefined
  #delayMs: number
  #lost = 0
  #losing = false
  #failing = false
  #closed = false

  constructor(parts: {
    readonly store: Store
    readonly clock: Clock
    readonly bounds: Bounds
    readonly alarms: Alarms
    readonly log: DomainLog
  }) {
    this.#store = parts.store
    this.#clock = parts.clock
    this.#bounds = parts.bounds
    this.#alarms = parts.alarms
    this.#log = parts.log
    this.#delayMs = parts.bounds.auditDelayMs
    const { clock, bounds } = parts
    this.#repeats = new Repeats({ clock, bounds, write: (record) => this.#enqueue(record) })
  }

  /** Records that were given up since the start. */
  get lost(): number {
    return this.#lost
  }

  /**
   * Queues a record. Never throws, never waits. Whatever is no change is recorded once in a while and counted
   * meanwhile: where there is a tally, repetitions may be counted on it as long as it takes them.
   */
  record(entry: AuditEntry): Tally | undefined {
    const record: AuditRecord = {
      at: entry.at ?? this.#clock.now(),
      realm: bounded(entry.realm),
      actor: bounded(entry.actor),
      session: entry.session,
      action: bounded(entry.action),
      target: bounded(entry.target),
      outcome: entry.outcome,
      reason: bounded(entry.reason),
      decisionId: entry.decisionId,
      details: plain(entry.details, this.#bounds.auditDetailsBytes),
    }
    if (record.outcome !== 'change' && !this.#closed) return this.#repeats.take(record)
    this.#enqueue(record)
    return undefined
  }

  #enqueue(record: AuditRecord): void {
    const { outcome } = record
    if (this.#closed || this.#waiting[outcome] >= this.#bounds.auditRecords) {
      const wait = `${this.#bounds.auditRecords} wait`
      const { count } = record.details
      this.#lose(typeof count === 'number' ? count : 1, this.#closed ? 'the audit is closed' : wait)
      return
    }
    this.#queue.push(record)
    this.#waiting[outcome] += 1
    // A store that fails is tried again when its time has come, not at each record.
    if (this.#queue.length >= this.#bounds.auditBatch && !this.#failing) void this.#write()
    else this.#schedule()
  }

  /**
   * Newest first, with what was recorded just before.
   * @throws DomainError invalid_argument, unavailable
   */
  async list(query: AuditQuery): Promise<AuditRow[]> {
    const max = this.#bounds.auditListing
    if (!Number.isInteger(query.limit) || query.limit < 1 || query.limit > max)
      throw invalid('limit', query.limit, `1 to ${max}`)
    await this.#drain()
    try {
      return await this.#store.listAudit(query)
    } catch (error) {
      throw unavailable(error)
    }
  }

  /** Writes what is queued. @throws DomainError unavailable; the records go on waiting */
  async flush(): Promise<void> {
    const error = await this.#drain()
    if (error !== undefined) throw unavailable(error)
  }

  /** Writes what is queued, for the last time. What the store does not take is counted as lost. */
  async close(): Promise<void> {
    this.#repeats.close()
    this.#closed = true
    const error = await this.#drain()
    this.#cancelTimer?.()
    const left = this.#queue.length
    this.#queue = []
    if (left > 0) this.#lose(left, `the store failed at the end: ${String(error)}`)
  }

  /** Writes all that is queued now. Resolves with what went wrong. */
  async #drain(): Promise<unknown> {
    const goal = this.#written + this.#queue.length
    while (this.#written < goal) {
      const failure = await this.#write()
      if (failure !== undefined) return failure
    }
    return undefined
  }

  #schedule(): void {
    if (this.#cancelTimer !== undefined || this.#closed) return
    this.#cancelTimer = this.#clock.after(this.#delayMs, () => {
      this.#cancelTimer = undefined
      void this.#write()
    })
  }

  /** Writes one batch, or joins the writing under way. Never rejects: resolves with what went wrong. */
  #write(): Promise<unknown> {
    if (this.#writing === undefined && this.#queue.length > 0) this.#writing = this.#writeBatch()
    return this.#writing ?? Promise.resolve(undefined)
  }

  async #writeBatch(): Promise<unknown> {
    const batch = this.#queue.slice(0, this.#bounds.auditBatch)
    let failure: unknown
    try {
      await this.#store.appendAudit(batch)
      this.#succeeded(batch.length)
    } catch (error) {
      failure = error ?? new Error('the store gave no reason')
      this.#failed(error)
    }
    this.#writing = undefined
    if (this.#queue.length >= this.#bounds.auditBatch && !this.#failing) void this.#write()
    else if (this.#queue.length > 0) this.#schedule()
    return failure
  }

  #succeeded(count: number): void {
    for (const { outcome } of this.#queue.splice(0, count)) this.#waiting[outcome] -= 1
    this.#written += count
    this.#delayMs = this.#bounds.auditDelayMs
    if (this.#failing) this.#log('info', 'the audit is written again', { lost: this.#lost })
    this.#failing = false
    this.#losing = false
  }

  #failed(error: unknown): void {
    this.#delayMs = Math.min(this.#delayMs * 2, longestDelayMs)
    if (this.#failing) return
    this.#failing = true
    const reason = error instanceof Error ? error.message : String(error)
    this.#alarms.raise('audit_delayed', `${this.#queue.length} audit records wait: ${reason}`)
  }

  /** One alarm for each time that it starts: a flood of records must not become a flood of alarms. */
  #lose(count: number, reason: string): void {
    this.#lost += count
    if (this.#losing) return
    this.#losing = true
    this.#alarms.raise('audit_lost', `audit records are lost: ${reason}`)
  }
}

function unavailable(error: unknown): DomainError {
  const reason = error instanceof Error ? error.message : String(error)
  return new DomainError('unavailable', reason, { cause: error })
}

function bounded(text: string): string {
  return text.length > maxTextLength ? `${text.slice(0, maxTextLength)}…` : text
}

/** A record that cannot be written would keep all behind it waiting, so its details are made writable here. */
function plain(details: AuditRow['details'], maxBytes: number): AuditRow['details'] {
  try {
    const json = JSON.stringify(details)
    if (Buffer.byteLength(json) > maxBytes) return { omitted: `more than ${maxBytes} bytes` }
    return JSON.parse(json) as AuditRow['details']
  } catch {
    return { omitted: 'not expressible as JSON' }
  }
}
