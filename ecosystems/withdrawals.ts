import type { DomainLog } from './alarms.ts'
import type { SubjectKind } from './store/store.ts'

/** A party whose rights have become fewer. It is in good standing, and has other rights still. */
export interface Withdrawal {
  readonly kind: SubjectKind
  readonly id: string
}

export type WithdrawalListener = (withdrawal: Withdrawal) => void

/** Tells of rights that were taken back. By then memory denies what they gave, and the commit may be still to come. */
export class Withdrawals {
  readonly #listeners = new Set<WithdrawalListener>()
  readonly #log: DomainLog

  constructor(log: DomainLog) {
    this.#log = log
  }

  listen(listener: WithdrawalListener): () => void {
    this.#listeners.add(listener)
    return () => {
      this.#listeners.delete(listener)
    }
  }

  /** A listener that throws keeps no other from hearing of it, nor the withdrawal from being stored. */
  tell({ kind, id }: Withdrawal): void {
    for (const listener of this.#listeners) {
      try {
        listener({ kind, id })
      } catch (error) {
        this.#log('error', 'a listener of withdrawals failed', { kind, id, error })
      }
    }
  }
}
