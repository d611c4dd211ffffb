import type { Connection } from './connection.ts'
import { TokensFull, type TokenRow, type TokenRows } from './tokens.ts'

/** Runs a task on the connection when it is its turn. */
export type Turn = <Result>(task: (connection: Connection) => Promise<Result>) => Promise<Result>

interface Columns {
  readonly kind: string
  readonly hash: string
  readonly payload: string
  readonly grant_id: string | null
  readonly owner: string | null
  readonly created_at: number
  readonly expires_at: number | null
  readonly consumed_at: number | null
}

const standing = '(expires_at is null or expires_at > ?)'

/** The rows in a table of the house's database. */
export class SqliteTokens implements TokenRows {
  readonly #read: Turn
  readonly #write: Turn

  constructor(turns: { readonly read: Turn; readonly write: Turn }) {
    this.#read = turns.read
    this.#write = turns.write
  }

  put(row: TokenRow, max: number): Promise<void> {
    return this.#write((connection) =>
      connection.transaction(async () => {
        const [count] = await connection.all<{ others: number }>(
          'select count(*) as others from tokens where kind = ? and hash <> ?',
          [row.kind, row.hash],
        )
        if ((count?.others ?? 0) >= max) throw new TokensFull(row.kind, max)
        await connection.run(
          `insert or replace into tokens
            (kind, hash, payload, grant_id, owner, created_at, expires_at, consumed_at)
            values (?, ?, ?, ?, ?, ?, ?, ?)`,
          [
            row.kind,
            row.hash,
            JSON.stringify(row.payload),
            row.grantId,
            row.owner,
            row.createdAt,
            row.expiresAt,
            row.consumedAt,
          ],
        )
      }),
    )
  }

  get(kind: string, hash: string, now: number): Promise<TokenRow | undefined> {
    return this.#read(async (connection) => {
      const [found] = await connection.all<Columns>(
        `select * from tokens where kind = ? and hash = ? and ${standing}`,
        [kind, hash, now],
      )
      return found && rowOf(found)
    })
  }

  list(kind: string, now: number, owner?: string): Promise<TokenRow[]> {
    return this.#read(async (connection) => {
      const found = await connection.all<Columns>(
        `select * from tokens where kind = ? and ${standing} ${owner === undefined ? '' : 'and owner = ?'}
          order by created_at, hash`,
        [kind, now, ...(owner === undefined ? [] : [owner])],
      )
      return found.map(rowOf)
    })
  }

  consume(kind: string, hash: string, now: number): Promise<boolean> {
    return this.#write(async (connection) => {
      const changed = await connection.run(
        `update tokens set consumed_at = ? where kind = ? and hash = ? and consumed_at is null and ${standing}`,
        [now, kind, hash, now],
      )
      return changed === 1
    })
  }

  destroy(kind: string, hash: string): Promise<boolean> {
    return this.#write(
      async (connection) =>
        (await connection.run('delete from tokens where kind = ? and hash = ?', [kind, hash])) ===
        1,
    )
  }

  revoke(grantId: string): Promise<readonly Pick<TokenRow, 'kind' | 'hash'>[]> {
    return this.#write((connection) =>
      connection.all<Pick<TokenRow, 'kind' | 'hash'>>(
        'delete from tokens where grant_id = ? returning kind, hash',
        [grantId],
      ),
    )
  }

  expire(now: number): Promise<number> {
    return this.#write((connection) =>
      connection.run('delete from tokens where expires_at is not null and expires_at <= ?', [now]),
    )
  }
}

function rowOf(columns: Columns): TokenRow {
  return {
    kind: columns.kind,
    hash: columns.hash,
    payload: JSON.parse(columns.payload) as TokenRow['payload'],
    grantId: columns.grant_id,
    owner: columns.owner,
    createdAt: columns.created_at,
    expiresAt: columns.expires_at,
    consumedAt: columns.consumed_at,
  }
}
