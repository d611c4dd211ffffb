import { chmod } from 'node:fs/promises'
import { Connection } from './connection.ts'
import { StoreUnavailable } from './store.ts'

/** Another process holds the lock. */
export class StoreLocked extends Error {
  override readonly name = 'StoreLocked'
}

/**
 * Takes a lock that a single process of the machine can hold: two routers over one database would each keep its own
 * picture of who may do what, and one would go on allowing what the other has revoked. It goes with the process,
 * however that ends: it is SQLite's own lock, on a file that holds nothing.
 * @returns what gives it back
 * @throws StoreLocked, StoreUnavailable
 */
export async function holdLock(file: string): Promise<() => Promise<void>> {
  const connection = await Connection.open(file, { busyTimeoutMs: 0, readonly: false })
  try {
    await chmod(file, 0o600)
    await connection.run('BEGIN EXCLUSIVE')
  } catch (error) {
    await connection.close()
    const isLocked = error instanceof StoreUnavailable && /locked|busy/i.test(error.message)
    throw isLocked ? new StoreLocked(`${file} is held by another process`, { cause: error }) : error
  }
  return () => connection.close()
}
