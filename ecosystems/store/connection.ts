import { setTimeout as wait } from 'node:timers/promises'
import sqlite3 from 'sqlite3'
import { StoreConflict, StoreUnavailable } from './store.ts'

/** How long to wait, up to twice as long, before a lock is asked for again. */
const retryMs = 5

export type Parameter = string | number | null

/** A connection to SQLite that speaks in promises and in the store's errors. */
export class Connection {
  readonly #database: sqlite3.Database
  readonly #busyTimeoutMs: number

  private constructor(database: sqlite3.Database, busyTimeoutMs: number) {
    this.#database = database
    this.#busyTimeoutMs = busyTimeoutMs
  }

  /**
   * @param busyTimeoutMs how long a statement waits for a lock that another connection holds
   * @throws StoreUnavailable
   */
  static open(
    path: string,
    options: { busyTimeoutMs: number; readonly: boolean },
  ): Promise<Connection> {
    const mode = options.readonly
      ? sqlite3.OPEN_READONLY
      : sqlite3.OPEN_READWRITE | sqlite3.OPEN_CREATE
    return new Promise((resolve, reject) => {
      const database = new sqlite3.Database(path, mode, (error) => {
        if (error !== null) return reject(storeError(error))
        // SQLite would wait asleep in one of the few threads that the process has for its files, where whoever is to
        // give up the lock may need one to do so; and two who turn to the write-ahead log at once it would not let wait.
        database.configure('busyTimeout', 0)
        resolve(new Connection(database, options.busyTimeoutMs))
      })
    })
  }

  /** Runs one statement. Returns how many rows it changed. */
  run(sql: string, parameters: readonly Parameter[] = []): Promise<number> {
    return this.#patiently(
      () =>
        new Promise((resolve, reject) => {
          this.#database.run(sql, parameters, function (error) {
            if (error !== null) reject(error)
            else resolve(this.changes)
          })
        }),
    )
  }

  all<Row>(sql: string, parameters: readonly Parameter[] = []): Promise<Row[]> {
    return this.#patiently(
      () =>
        new Promise((resolve, reject) => {
          this.#database.all<Row>(sql, parameters, (error, rows) => {
            if (error !== null) reject(error)
            else resolve(rows)
          })
        }),
    )
  }

  /** Runs any number of statements without parameters. */
  script(sql: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#database.exec(sql, (error) => {
        if (error !== null) reject(storeError(error))
        else resolve()
      })
    })
  }

  /**
   * Runs `task` in a transaction that has the write lock from its beginning, so that it cannot fail for it
   * half-way. All of it is kept, or nothing.
   */
  async transaction<Result>(task: () => Promise<Result>): Promise<Result> {
    await this.run('begin immediate')
    try {
      const result = await task()
      await this.run('commit')
      return result
    } catch (error) {
      await this.#rollBack()
      throw error
    }
  }

  close(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#database.close((error) => {
        if (error !== null) reject(storeError(error))
        else resolve()
      })
    })
  }

  /** Tries a statement again while somebody else holds the lock it needs: one that found it held has done nothing. */
  async #patiently<Result>(statement: () => Promise<Result>): Promise<Result> {
    const until = performance.now() + this.#busyTimeoutMs
    for (;;) {
      try {
        return await statement()
      } catch (error) {
        const left = until - performance.now()
        if ((error as NodeJS.ErrnoException).code !== 'SQLITE_BUSY' || left <= 0)
          throw storeError(error as Error)
        await wait(Math.min(left, retryMs * (1 + Math.random())))
      }
    }
  }

  /** Some failures (a full disk) have rolled back already; then there is nothing left to do. */
  async #rollBack(): Promise<void> {
    try {
      await this.run('rollback')
    } catch (error) {
      const { cause } = error as Error
      if (!(cause instanceof Error) || !cause.message.includes('no transaction is active'))
        throw error
    }
  }
}

const reasons: Readonly<Record<string, string>> = {
  SQLITE_FULL: 'there is no room left for the database',
  SQLITE_BUSY: 'the database is locked by somebody else',
  SQLITE_LOCKED: 'the database is locked by somebody else',
  SQLITE_IOERR: 'the disk cannot be read or written',
  SQLITE_READONLY: 'the database may not be written',
  SQLITE_CANTOPEN: 'the database cannot be opened',
  SQLITE_CORRUPT: 'the database is damaged',
  SQLITE_NOTADB: 'the file is not a database',
}

/** SQLite's words, under the contract's two names. */
function storeError(error: Error): StoreConflict | StoreUnavailable {
  const { code } = error as NodeJS.ErrnoException
  if (code === 'SQLITE_CONSTRAINT') return new StoreConflict(error.message, { cause: error })
  const reason = reasons[code ?? ''] ?? 'the database failed'
  return new StoreUnavailable(`${reason} (${error.message})`, { cause: error })
}
