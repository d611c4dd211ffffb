import type { Connection } from './connection.ts'
import { migrations } from './migrations/migrations.ts'
import { StoreUnavailable } from './store.ts'

/** The version of the schema that this code reads and writes. */
export const schemaVersion: number = migrations.length

/** Has each commit wait until the disk has it. */
export async function makeDurable(connection: Connection): Promise<void> {
  await connection.run('pragma journal_mode = wal')
  await connection.run('pragma synchronous = full')
}

/** Has references lead somewhere from now on: after migrations, which make tables anew that others refer to. */
export async function keepReferences(connection: Connection): Promise<void> {
  await connection.run('pragma foreign_keys = on')
}

/**
 * Brings the schema to this code's version, each step whole or not at all.
 * @throws StoreUnavailable for a database that is newer than the code, which it would not understand
 */
export async function migrate(connection: Connection): Promise<void> {
  for (const migration of migrations) {
    await connection.transaction(async () => {
      // Read under the write lock: another process may migrate at the same time.
      const version = await versionOf(connection)
      if (version > schemaVersion)
        throw new StoreUnavailable(
          `the database has schema version ${version}, and this program knows up to ${schemaVersion}: use a newer one`,
        )
      if (version >= migration.version) return
      await connection.script(migration.sql)
      await connection.run(`pragma user_version = ${migration.version}`)
    })
  }
}

async function versionOf(connection: Connection): Promise<number> {
  const [row] = await connection.all<{ user_version: number }>('pragma user_version')
  return row?.user_version ?? 0
}
