import { Rows } from './rows.ts'

interface Kept<Row> {
  readonly row: Row
  readonly holds: boolean
}

/**
 * Rows of a kind that is gone when it holds no longer, as decisions see them. Both ways can be the taking one: what
 * lets somebody in ends at once when it is removed, what keeps somebody out begins at once when it is put.
 */
export class PassingRows<Row extends object> {
  readonly #rows = new Rows<Kept<Row>>()

  constructor(rows: Iterable<readonly [string, Row]> = []) {
    for (const [key, row] of rows) this.#rows.put(key, { row, holds: true })
  }

  get(key: string): Row | undefined {
    const kept = this.#rows.get(key)
    return kept?.holds === true ? kept.row : undefined
  }

  *values(): Generator<Row, void> {
    for (const { row, holds } of this.#rows.values()) if (holds) yield row
  }

  /** Those that hold, and those that the store may have yet: what must not come together, must not with these. */
  *known(): Generator<Row, void> {
    for (const { row } of this.#rows.values()) yield row
  }

  /** The row as the store has it. */
  stored(key: string): Row | undefined {
    const kept = this.#rows.stored(key)
    return kept?.holds === true ? kept.row : undefined
  }

  /** Whether there is something at this key that a change must reckon with, in memory or in the store. */
  has(key: string): boolean {
    return this.get(key) !== undefined || this.stored(key) !== undefined
  }

  /** It holds from now on, whatever the store has. */
  hold(key: string, order: number, row: Row): void {
    this.#rows.take(key, order, () => ({ row, holds: true }))
  }

  /** It holds no more from now on, whatever the store has. */
  drop(key: string, order: number, row: Row): void {
    this.#rows.take(key, order, (stored) => ({ row: stored?.row ?? row, holds: false }))
  }

  /** Less of it holds from now on. */
  narrow(key: string, order: number, row: Row, narrow: (stored: Row) => Row): void {
    this.#rows.take(key, order, (stored) =>
      stored?.holds === true ? { row: narrow(stored.row), holds: true } : { row, holds: false },
    )
  }

  /** The store has it now, as was asked for at `order`. */
  put(key: string, order: number, row: Row): void {
    this.#rows.put(key, { row, holds: true })
    this.#rows.settle(key, order)
  }

  /** The store has it no more, as was asked for at `order`. */
  remove(key: string, order: number, row: Row): void {
    this.#rows.put(key, { row, holds: false })
    this.#rows.settle(key, order)
    if (!this.#rows.isTaken(key)) this.#rows.delete(key)
  }
}
