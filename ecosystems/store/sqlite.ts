import { chmod, open } from 'node:fs/promises'
import { append, list } from './audit-trail.ts'
import { Connection } from './connection.ts'
import {
  appendEvents,
  listEvents,
  type EventAppend,
  type EventLogQuery,
  type NumberedEventRow,
} from './event-log.ts'
import { keepReferences, makeDurable, migrate } from './schema.ts'
import { readSnapshot } from './snapshot.ts'
import { SqliteTokens } from './sqlite-tokens.ts'
import { SqliteUsage } from './sqlite-usage.ts'
import { write } from './statements.ts'
import { StoreUnavailable } from './store.ts'
import type { AuditQuery, AuditRow, Change, Snapshot, Store } from './store.ts'
import type { TokenRows } from './tokens.ts'
import { Turns } from './turns.ts'
import type { UsageLog } from './usage-log.ts'

export interface SqliteOptions {
  /** How long a commit waits for a lock of another process. Default: 2 s. */
  readonly busyTimeoutMs?: number
  /** Commits, and likewise readings, that may wait for those before them. Default: 1,000. */
  readonly maxWaiting?: number
  /** The database may not grow beyond this many pages of 4 KiB. Default: the disk's end. */
  readonly maxPages?: number
}

/** Keeps the rows in a SQLite database of its owner's alone. What it acknowledges survives a power cut. */
export class SqliteStore implements Store {
  /** What the authorization server has handed out. */
  readonly tokens: TokenRows
  /** Who used and heard what. */
  readonly usage: UsageLog
  readonly #writer: Connection
  /** Reads what is committed, also while the writer is in the middle of a commit. */
  readonly #reader: Connection
  readonly #writes: Turns
  readonly #reads: Turns
  #closing: Promise<void> | undefined

  private constructor(writer: Connection, reader: Connection, maxWaiting: number) {
    this.#writer = writer
    this.#reader = reader
    this.#writes = bounded(maxWaiting, 'commits')
    this.#reads = bounded(maxWaiting, 'readings')
    const turns: ConstructorParameters<typeof SqliteTokens>[0] = {
      read: (task) => this.#turn(this.#reads, () => task(this.#reader)),
      write: (task) => this.#turn(this.#writes, () => task(this.#writer)),
    }
    this.tokens = new SqliteTokens(turns)
    this.usage = new SqliteUsage(turns)
  }

  /**
   * Opens the database, makes it if there is none, and brings its schema up to date.
   * @throws StoreUnavailable
   */
  static async open(path: string, options: SqliteOptions = {}): Promise<SqliteStore> {
    const { busyTimeoutMs = 2_000, maxWaiting = 1_000, maxPages } = options
    await own(path)
    const writer = await Connection.open(path, { busyTimeoutMs, readonly: false })
    let reader: Connection | undefined
    try {
      await makeDurable(writer)
      if (maxPages !== undefined) await writer.run(`pragma max_page_count = ${maxPages}`)
      await migrate(writer)
      await keepReferences(writer)
      reader = await Connection.open(path, { busyTimeoutMs, readonly: true })
      return new SqliteStore(writer, reader, maxWaiting)
    } catch (error) {
      await reader?.close()
      await writer.close()
      throw error
    }
  }

  load(): Promise<Snapshot> {
    return this.#turn(this.#reads, () => readSnapshot(this.#reader))
  }

  commit(changes: readonly Change[]): Promise<void> {
    return this.#turn(this.#writes, () =>
      this.#writer.transaction(async () => {
        for (const change of changes) await write(this.#writer, change)
      }),
    )
  }

  appendAudit(records: readonly Omit<AuditRow, 'seq'>[]): Promise<void> {
    return this.#turn(this.#writes, () =>
      this.#writer.transaction(() => append(this.#writer, records)),
    )
  }

  listAudit(query: AuditQuery): Promise<AuditRow[]> {
    return this.#turn(this.#reads, () => list(this.#reader, query))
  }

  /** Appends to the histories of topics, all or nothing, and lets go what is over their limits. @throws StoreUnavailable */
  appendEvents(batches: readonly EventAppend[]): Promise<void> {
    return this.#turn(this.#writes, () =>
      this.#writer.transaction(async () => {
        for (const batch of batches) await appendEvents(this.#writer, batch)
      }),
    )
  }

  listEvents(query: EventLogQuery): Promise<NumberedEventRow[]> {
    return this.#turn(this.#reads, () => listEvents(this.#reader, query))
  }

  /** Waits for the commits and readings under way. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    await this.#reads.runLast(() => this.#reader.close())
    // The writer goes last, as only it can fold the log into the database.
    await this.#writes.runLast(() => this.#writer.close())
  }

  #turn<Result>(turns: Turns, task: () => Promise<Result>): Promise<Result> {
    if (this.#closing !== undefined)
      return Promise.reject(new StoreUnavailable('the store is closed'))
    return turns.run(task)
  }
}

function bounded(maxWaiting: number, what: string): Turns {
  return new Turns(
    maxWaiting,
    (max) => new StoreUnavailable(`${max} ${what} are waiting already (maxWaiting)`),
  )
}

/** Makes the file its owner's alone before anything is in it; SQLite gives its log the same mode. */
async function own(path: string): Promise<void> {
  try {
    const file = await open(path, 'a', 0o600)
    await file.close()
    await chmod(path, 0o600)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new StoreUnavailable(`the database cannot be opened (${reason})`, { cause: error })
  }
}
