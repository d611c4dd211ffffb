import { StoreConflict } from './store.ts'

/** Rows of one kind in memory, with their key and what else is unique about them. */
export class Table<Row extends object> {
  readonly #name: string
  readonly #keyOf: (row: Row) => string
  readonly #uniques: readonly {
    readonly of: (row: Row) => string | undefined
    readonly keys: Map<string, string>
  }[]
  readonly #rows = new Map<string, Row>()

  constructor(
    name: string,
    keyOf: (row: Row) => string,
    uniques: readonly ((row: Row) => string | undefined)[] = [],
  ) {
    this.#name = name
    this.#keyOf = keyOf
    this.#uniques = uniques.map((of) => ({ of, keys: new Map() }))
  }

  get(key: string): Row | undefined {
    return this.#rows.get(key)
  }

  list(): Row[] {
    return [...this.#rows.values()]
  }

  /** Fails unless there is such a row: what refers to it would hang in the air. @throws StoreConflict */
  require(key: string): Row {
    const row = this.#rows.get(key)
    if (row === undefined) throw new StoreConflict(`${this.#name}: there is no ${key}`)
    return row
  }

  /** Inserts or replaces. Returns how to undo it. @throws StoreConflict */
  put(row: Row): () => void {
    const key = this.#keyOf(row)
    for (const { of, keys } of this.#uniques) {
      const unique = of(row)
      const holder = unique === undefined ? undefined : keys.get(unique)
      if (holder !== undefined && holder !== key)
        throw new StoreConflict(`${this.#name}: ${unique} belongs to ${holder}`)
    }
    const before = this.#rows.get(key)
    this.#set(key, before, row)
    return () => this.#set(key, row, before)
  }

  /** Removes the row, if there is one. Returns how to undo it. */
  remove(key: string): () => void {
    const before = this.#rows.get(key)
    this.#set(key, before, undefined)
    return () => this.#set(key, undefined, before)
  }

  #set(key: string, before: Row | undefined, after: Row | undefined): void {
    for (const { of, keys } of this.#uniques) {
      const [had, has] = [before, after].map((row) => (row === undefined ? undefined : of(row)))
      if (had !== undefined) keys.delete(had)
      if (has !== undefined) keys.set(has, key)
    }
    if (after === undefined) this.#rows.delete(key)
    else this.#rows.set(key, after)
  }
}
