import sqlite3 from 'sqlite3'
import { StoreConflict, StoreUnavailable } from './store.ts'

export type Parameter = string | number | null

/** A connection to SQLite that speaks in promises and in the store's errors. */
export class Connection {
  readonly #database: sqlite3.Database

  private constructor(database: sqlite3.Database) {
    this.#database = database
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
        database.configure('busyTimeout', options.busyTimeoutMs)
        resolve(new Connection(database))
      })
    })
  }

  /** Runs one statement. Returns how many rows it changed. */
  run(sql: string, parameters: readonly Parameter[] = []): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#database.run(sql, parameters, function (error) {
        if (error !== null) reject(storeError(error))
        else resolve(this.changes)
      })
    })
  }

  all<Row>(sql: string, parameters: readonly Parameter[] = []): Promise<Row[]> {
    return new Promise((resolve, reject) => {
      this.#database.all<Row>(sql, parameters, (error, rows) => {
        if (error !== null) reject(storeError(error))
        else resolve(rows)
      })
    })
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
