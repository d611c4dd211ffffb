import type { Bounds } from './bounds.ts'
import type { Changes } from './changes.ts'
import { DomainError, full, missing } from './errors.ts'
import type { ReceiptRow } from './store/store.ts'

/** Consents to pay, each good once. Kept in memory as long as they could be redeemed; the store keeps all. */
export class Receipts {
  readonly #changes: Changes
  readonly #bounds: Pick<Bounds, 'receipts' | 'receiptsPerPerson' | 'receiptTtlMs'>
  readonly #rows = new Map<string, ReceiptRow>()

  constructor(
    parts: {
      readonly changes: Changes
      readonly bounds: Pick<Bounds, 'receipts' | 'receiptsPerPerson' | 'receiptTtlMs'>
    },
    rows: readonly ReceiptRow[],
  ) {
    this.#changes = parts.changes
    this.#bounds = parts.bounds
    const now = parts.changes.clock.now()
    for (const row of rows) if (row.expiresAt > now) this.#rows.set(row.id, row)
  }

  /** How long one may be good for, in milliseconds. */
  get longestMs(): number {
    return this.#bounds.receiptTtlMs
  }

  get(id: string): ReceiptRow | undefined {
    return this.#rows.get(id)
  }

  /** Resolves when it is stored: a receipt that nobody remembers could be used twice. @throws DomainError invalid_state (a bound), unavailable */
  add(made: Omit<ReceiptRow, 'usedAt' | 'createdAt'>): Promise<ReceiptRow> {
    return this.#changes.give('a receipt', async (commit) => {
      const now = this.#changes.clock.now()
      let own = 0
      for (const { id, person, expiresAt } of this.#rows.values()) {
        if (expiresAt <= now) this.#rows.delete(id)
        else if (person === made.person) own += 1
      }
      const { receipts, receiptsPerPerson } = this.#bounds
      if (this.#rows.size >= receipts) throw full('receipts', receipts)
      if (own >= receiptsPerPerson)
        throw full(`receiptsPerPerson of ${made.person}`, receiptsPerPerson)
      const row: ReceiptRow = { ...made, createdAt: now, usedAt: null }
      await commit([{ kind: 'receipt.put', row }])
      this.#rows.set(row.id, row)
      return row
    })
  }

  /**
   * Uses it up. All stand in one line, so that one of many who come together gets it.
   * @throws DomainError conflict when it was used before; not_found when it is over or was never given; unavailable
   */
  redeem(id: string): Promise<ReceiptRow> {
    return this.#changes.give('redeeming a receipt', async (commit) => {
      const known = this.#rows.get(id)
      const now = this.#changes.clock.now()
      if (known === undefined || known.expiresAt <= now) throw missing('receipt', id)
      if (known.usedAt !== null)
        throw new DomainError('conflict', 'receipt: it was redeemed before')
      const row: ReceiptRow = { ...known, usedAt: now }
      await commit([{ kind: 'receipt.put', row }])
      this.#rows.set(id, row)
      return row
    })
  }
}
