import { StoreUnavailable } from '../../ecosystems/store/store.ts'
import type { AuditQuery, AuditRow, Change, Snapshot, Store } from '../../ecosystems/store/store.ts'

/** A store whose disk a test can break, or make slow. */
export class FaultyStore implements Store {
  /** While set, nothing can be written. */
  broken = false
  /** Kinds of the changes that were committed, commit by commit. */
  readonly commits: string[][] = []
  /** Sizes of the audit batches that were written. */
  readonly batches: number[] = []
  readonly #store: Store
  #gate: Promise<void> = Promise.resolve()
  #open: () => void = () => undefined
  #arrived: () => void = () => undefined

  constructor(store: Store) {
    this.#store = store
  }

  /** Commits wait from now on. Resolves when one has come. */
  hold(): Promise<void> {
    this.#gate = new Promise((resolve) => {
      this.#open = resolve
    })
    return new Promise((resolve) => {
      this.#arrived = resolve
    })
  }

  /** Lets the waiting commits go on. */
  release(): void {
    this.#open()
  }

  load(): Promise<Snapshot> {
    return this.#store.load()
  }

  async commit(changes: readonly Change[]): Promise<void> {
    this.#arrived()
    await this.#gate
    this.#check()
    await this.#store.commit(changes)
    this.commits.push(changes.map(({ kind }) => kind))
  }

  async appendAudit(records: readonly Omit<AuditRow, 'seq'>[]): Promise<void> {
    this.#check()
    await this.#store.appendAudit(records)
    this.batches.push(records.length)
  }

  listAudit(query: AuditQuery): Promise<AuditRow[]> {
    return this.#store.listAudit(query)
  }

  close(): Promise<void> {
    return this.#store.close()
  }

  #check(): void {
    if (this.broken) throw new StoreUnavailable('the disk is broken')
  }
}
