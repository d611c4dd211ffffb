import type { Connection } from './connection.ts'
import { read, select } from './statements.ts'
import type { Snapshot } from './store.ts'
import { nouns, tableOf } from './tables.ts'

/** Reads everything, as of one moment. @throws StoreUnavailable */
export async function readSnapshot(connection: Connection): Promise<Snapshot> {
  await connection.run('begin')
  try {
    const snapshot: Record<string, unknown> = {}
    for (const noun of nouns) {
      const table = tableOf(noun)
      const rows = await connection.all<Record<string, unknown>>(select(table))
      snapshot[table.name] = rows.map((columns) => read(table, columns))
    }
    return snapshot as unknown as Snapshot
  } finally {
    await connection.run('rollback')
  }
}
