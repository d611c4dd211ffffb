/** What was taken away and waits for the store, or was refused by it. */
interface Taken<Row> {
  readonly order: number
  readonly stored: Row | undefined
  readonly narrow: (stored: Row | undefined) => Row
}

/**
 * Rows of one kind as decisions see them: those in the store, narrowed by what has been taken away
 * but is not stored yet. A taking works at once and outlives a failing disk; a giving that was asked for
 * earlier cannot undo it, one that was asked for later does.
 */
export class Rows<Row extends object> {
  readonly #rows = new Map<string, Row>()
  readonly #taken = new Map<string, Taken<Row>>()

  get size(): number {
    return this.#rows.size
  }

  get(key: string): Row | undefined {
    return this.#rows.get(key)
  }

  values(): MapIterator<Row> {
    return this.#rows.values()
  }

  /** The row as the store has it: what the next row to be stored is made from. */
  stored(key: string): Row | undefined {
    const taken = this.#taken.get(key)
    return taken === undefined ? this.#rows.get(key) : taken.stored
  }

  /** Whether something was taken away that the store does not know of. */
  isTaken(key: string): boolean {
    return this.#taken.has(key)
  }

  /** The store has this row now. */
  put(key: string, row: Row): void {
    const taken = this.#taken.get(key)
    if (taken !== undefined) this.#taken.set(key, { ...taken, stored: row })
    this.#rows.set(key, taken === undefined ? row : taken.narrow(row))
  }

  /** Narrows the row from now on, whatever the store has. `order` is the change's place in time. */
  take(key: string, order: number, narrow: (stored: Row | undefined) => Row): Row {
    const before = this.#taken.get(key)
    const stored = before === undefined ? this.#rows.get(key) : before.stored
    const both = before === undefined ? narrow : (row?: Row): Row => narrow(before.narrow(row))
    this.#taken.set(key, { order, stored, narrow: both })
    const row = both(stored)
    this.#rows.set(key, row)
    return row
  }

  /** The store agrees with all that was asked for up to `order`. */
  settle(key: string, order: number): void {
    const taken = this.#taken.get(key)
    if (taken === undefined || taken.order > order) return
    this.#taken.delete(key)
    if (taken.stored === undefined) this.#rows.delete(key)
    else this.#rows.set(key, taken.stored)
  }

  /** Forgets a row. */
  delete(key: string): void {
    this.#taken.delete(key)
    this.#rows.delete(key)
  }
}
