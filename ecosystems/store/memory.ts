import { StoreConflict, StoreUnavailable } from './store.ts'
import type { AuditQuery, AuditRow, Change, Noun, RowTypes, Snapshot, Store } from './store.ts'
import { Table } from './table.ts'
import { nouns, tableOf } from './tables.ts'

type AnyRow = Readonly<Record<string, unknown>>

/** Keeps the rows as long as the process lives: the twin of the database, for tests and for trying things out. */
export class MemoryStore implements Store {
  readonly #tables: ReadonlyMap<Noun, Table<AnyRow>> = new Map(
    nouns.map((noun) => {
      const { name, key, uniques = [] } = tableOf(noun)
      const table = new Table<AnyRow>(name, keyBy(key), uniques.map(uniqueBy))
      return [noun, table]
    }),
  )
  readonly #audit: AuditRow[] = []
  #closed = false

  async load(): Promise<Snapshot> {
    this.#check()
    const snapshot = nouns.map((noun) => [tableOf(noun).name, this.#table(noun).list()])
    return structuredClone(Object.fromEntries(snapshot)) as Snapshot
  }

  async commit(changes: readonly Change[]): Promise<void> {
    this.#check()
    const undo: (() => void)[] = []
    try {
      for (const change of structuredClone(changes)) undo.push(this.#apply(change))
    } catch (error) {
      for (const step of undo.toReversed()) step()
      throw error
    }
  }

  async appendAudit(records: readonly Omit<AuditRow, 'seq'>[]): Promise<void> {
    this.#check()
    for (const record of structuredClone(records))
      this.#audit.push({ ...record, seq: this.#audit.length + 1 })
  }

  async listAudit(query: AuditQuery): Promise<AuditRow[]> {
    this.#check()
    const { limit, before = Infinity, actor, outcome, decisionId } = query
    const found = this.#audit.filter(
      (row) =>
        row.seq < before &&
        (actor === undefined || row.actor === actor) &&
        (outcome === undefined || row.outcome === outcome) &&
        (decisionId === undefined || row.decisionId === decisionId),
    )
    return structuredClone(found.toReversed().slice(0, limit))
  }

  async close(): Promise<void> {
    this.#closed = true
  }

  /** Applies one change and returns how to undo it. */
  #apply(change: Change): () => void {
    switch (change.kind) {
      case 'code.redeem': {
        const code = this.#row('code', [change.hash])
        if (code === undefined || code.redeemedAt !== null)
          throw new StoreConflict('the code is unknown or has been redeemed')
        return this.#put('code', { ...code, redeemedAt: change.at, device: change.device })
      }
      case 'grantUse.count': {
        const use = this.#row('grantUse', [change.grant, change.uri])
        if (use === undefined || use.used >= use.uses)
          throw new StoreConflict('the grant has no use left')
        return this.#put('grantUse', { ...use, used: use.used + 1 })
      }
      case 'invite.count': {
        const invite = this.#row('invite', [change.id])
        if (invite === undefined || invite.used >= invite.uses)
          throw new StoreConflict('the invite has no use left')
        return this.#put('invite', { ...invite, used: invite.used + 1 })
      }
      default: {
        const [noun, verb] = change.kind.split('.') as [Noun, 'put' | 'delete']
        if (verb === 'put') return this.#put(noun, change.row)
        return this.#table(noun).remove(keyBy(tableOf(noun).key)(asAny(change.row)))
      }
    }
  }

  /** References must lead somewhere, as in the database. */
  #put(noun: Noun, row: RowTypes[Noun]): () => void {
    const values = asAny(row)
    for (const [column, target] of Object.entries(tableOf(noun).references ?? {})) {
      const value = values[column]
      if (target === undefined || value === null) continue
      for (const id of Array.isArray(value) ? value : [value])
        this.#table(target).require(JSON.stringify([id]))
    }
    return this.#table(noun).put(values)
  }

  #row<Each extends Noun>(noun: Each, key: readonly string[]): RowTypes[Each] | undefined {
    return this.#table(noun).get(JSON.stringify(key)) as RowTypes[Each] | undefined
  }

  #table(noun: Noun): Table<AnyRow> {
    const table = this.#tables.get(noun)
    if (table === undefined) throw new Error(`there is no table of ${noun}`)
    return table
  }

  #check(): void {
    if (this.#closed) throw new StoreUnavailable('the store is closed')
  }
}

function asAny(row: RowTypes[Noun]): AnyRow {
  return row as unknown as AnyRow
}

function keyBy(columns: readonly string[]): (row: AnyRow) => string {
  return (row) => JSON.stringify(columns.map((column) => row[column]))
}

/** A row without a value has nothing that another could have, too. */
function uniqueBy(columns: readonly string[]): (row: AnyRow) => string | undefined {
  const keyOf = keyBy(columns)
  return (row) => (columns.some((column) => row[column] === null) ? undefined : keyOf(row))
}
