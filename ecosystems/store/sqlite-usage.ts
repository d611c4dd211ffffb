import type { Turn } from './sqlite-tokens.ts'
import type { UsageLog, UsageQuery, UsageRow, UsageSum } from './usage-log.ts'

/** The rows in a table of the house's database. */
export class SqliteUsage implements UsageLog {
  readonly #read: Turn
  readonly #write: Turn

  constructor(turns: { readonly read: Turn; readonly write: Turn }) {
    this.#read = turns.read
    this.#write = turns.write
  }

  append(
    rows: readonly UsageRow[],
    { before, keep }: { readonly before: number; readonly keep: number },
  ): Promise<void> {
    return this.#write((connection) =>
      connection.transaction(async () => {
        await connection.run(
          `insert into usage (at, realm, reader, uri, action, count)
           select value ->> 'at', value ->> 'realm', value ->> 'reader', value ->> 'uri', value ->> 'action',
             value ->> 'count'
           from json_each(?)`,
          [JSON.stringify(rows)],
        )
        await connection.run('delete from usage where at < ?', [before])
        await connection.run('delete from usage where id <= (select max(id) from usage) - ?', [
          keep,
        ])
      }),
    )
  }

  list({ realm, since, limit }: UsageQuery): Promise<UsageSum[]> {
    return this.#read((connection) =>
      connection.all<UsageSum>(
        `select reader, uri, action, sum(count) as count, min(at) as "firstAt", max(at) as "lastAt" from usage
         where realm = ? and at >= ? group by reader, action, uri order by max(at) desc, reader || uri limit ?`,
        [realm, since, limit],
      ),
    )
  }
}
