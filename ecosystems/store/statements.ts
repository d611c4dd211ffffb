import type { Connection, Parameter } from './connection.ts'
import { StoreConflict, type Change } from './store.ts'
import { columnName, tableOf, type AnyTable, type ColumnKind, type Noun } from './tables.ts'

type AnyRow = Readonly<Record<string, unknown>>

/** Writes one change. Runs in the commit's transaction. @throws StoreConflict, StoreUnavailable */
export async function write(connection: Connection, change: Change): Promise<void> {
  switch (change.kind) {
    case 'code.redeem':
      return once(
        connection,
        'update codes set redeemed_at = ?, device = ? where hash = ? and redeemed_at is null',
        [change.at, change.device, change.hash],
        'the code is unknown or has been redeemed',
      )
    case 'grantUse.count':
      return once(
        connection,
        'update grant_uses set used = used + 1 where "grant" = ? and uri = ? and used < uses',
        [change.grant, change.uri],
        'the grant has no use left',
      )
    case 'invite.count':
      return once(
        connection,
        'update invites set used = used + 1 where id = ? and used < uses',
        [change.id],
        'the invite has no use left',
      )
    default: {
      const [noun, verb] = change.kind.split('.') as [Noun, 'put' | 'delete']
      const table = tableOf(noun)
      const row = change.row as unknown as AnyRow
      return verb === 'put' ? put(connection, table, row) : remove(connection, table, row)
    }
  }
}

/** A row as its columns have it. */
export function select(table: AnyTable): string {
  const columns = Object.keys(table.columns).map((key) => `${quoted(key)} as "${key}"`)
  return `select ${columns.join()} from ${columnName(table.name)} order by rowid`
}

/** The columns' values as the row has them. */
export function read(table: AnyTable, columns: AnyRow): AnyRow {
  const entries = Object.entries(table.columns).map(([key, kind]): [string, unknown] => [
    key,
    fromColumn(columns[key], kind),
  ])
  return Object.fromEntries(entries)
}

/** Fails unless it changes exactly one row. */
async function once(
  connection: Connection,
  sql: string,
  parameters: readonly Parameter[],
  fault: string,
): Promise<void> {
  const changed = await connection.run(sql, parameters)
  if (changed !== 1) throw new StoreConflict(fault)
}

/** Inserts a row, or replaces the one with the same key; another unique key that is taken is a conflict. */
async function put(connection: Connection, table: AnyTable, row: AnyRow): Promise<void> {
  await requireListed(connection, table, row)
  const names = Object.keys(table.columns)
  const others = names.filter((name) => !table.key.includes(name))
  const replace = others.map((name) => `${quoted(name)} = excluded.${quoted(name)}`)
  const sql = `insert into ${columnName(table.name)} (${names.map(quoted).join()})
    values (${names.map(() => '?').join()})
    on conflict (${table.key.map(quoted).join()}) do update set ${replace.join()}`
  await connection.run(
    sql,
    Object.entries(table.columns).map(([name, kind]) => toColumn(row[name], kind)),
  )
}

async function remove(connection: Connection, table: AnyTable, row: AnyRow): Promise<void> {
  const where = table.key.map((name) => `${quoted(name)} = ?`).join(' and ')
  const key = table.key.map((name) => toColumn(row[name], table.columns[name] ?? 'text'))
  await connection.run(`delete from ${columnName(table.name)} where ${where}`, key)
}

/** What a list names must be there, too; the database itself looks only at single columns. */
async function requireListed(connection: Connection, table: AnyTable, row: AnyRow): Promise<void> {
  for (const [column, noun] of Object.entries(table.references ?? {})) {
    const list = row[column]
    if (noun === undefined || !Array.isArray(list) || list.length === 0) continue
    const { name, key } = tableOf(noun)
    const [found] = await connection.all<{ missing: number }>(
      `select count(*) as missing from json_each(?) as listed where not exists
        (select 1 from ${columnName(name)} where ${quoted(key[0] ?? 'id')} = listed.value)`,
      [JSON.stringify(list)],
    )
    if (found?.missing !== 0)
      throw new StoreConflict(`${table.name}: ${column} names what is not in ${name}`)
  }
}

/** `grant` and `group` are words of SQL. */
function quoted(key: string): string {
  return `"${columnName(key)}"`
}

function toColumn(value: unknown, kind: ColumnKind): Parameter {
  if (value === null || value === undefined) return null
  if (kind === 'json') return JSON.stringify(value)
  if (kind === 'flag') return value === true ? 1 : 0
  return value as string | number
}

function fromColumn(value: unknown, kind: ColumnKind): unknown {
  if (value === null) return null
  if (kind === 'json') return JSON.parse(value as string)
  return kind === 'flag' ? value === 1 : value
}
