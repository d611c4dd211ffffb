import type { Changes, Commit } from './changes.ts'
import { Epochs, type EpochCounter } from './epochs.ts'
import type { Falls } from './falls.ts'
import { Rows } from './rows.ts'
import type { IdentityRow } from './store/store.ts'

/** An identity and why something happens to it. */
export interface IdentityChange {
  readonly issuer: string
  readonly subject: string
  /** For the record. */
  readonly reason: string
}

/** The federated identities by which people come, and whether they may still. */
export class Identities {
  readonly #changes: Changes
  readonly #falls: Falls
  readonly #rows = new Rows<IdentityRow>()
  readonly #keysByPerson = new Map<string, readonly string[]>()
  readonly #epochs = new Epochs()

  constructor(
    parts: { readonly changes: Changes; readonly falls: Falls },
    rows: readonly IdentityRow[],
  ) {
    this.#changes = parts.changes
    this.#falls = parts.falls
    for (const row of rows) this.put(row)
  }

  get(issuer: string, subject: string): IdentityRow | undefined {
    return this.#rows.get(identityKey(issuer, subject))
  }

  /** In the order in which they came. */
  of(person: string): readonly IdentityRow[] {
    const keys = this.#keysByPerson.get(person) ?? []
    return keys.flatMap((key) => this.#rows.get(key) ?? [])
  }

  /** The store has this row now. Moves nothing: whoever adds one knows who is to hear of it. */
  put(row: IdentityRow): void {
    const key = identityKey(row.issuer, row.subject)
    this.#rows.put(key, row)
    const others = this.#keysByPerson.get(row.person) ?? []
    if (!others.includes(key)) this.#keysByPerson.set(row.person, [...others, key])
  }

  /** Whether nobody may come by it any more. */
  isDisabled(issuer: string, subject: string): boolean {
    return this.get(issuer, subject)?.status === 'disabled'
  }

  /** Moves when the identity's standing changes. */
  epochOf(issuer: string, subject: string): EpochCounter {
    return this.#epochs.of(identityKey(issuer, subject))
  }

  /**
   * Denied and told of at once; resolves when it is stored, `undefined` where nobody has come by it.
   * @throws DomainError unavailable, and it stays denied in memory
   */
  async disable({ issuer, subject, reason }: IdentityChange): Promise<IdentityRow | undefined> {
    const key = identityKey(issuer, subject)
    if (this.#rows.get(key) === undefined) return undefined
    const order = this.#changes.next()
    this.#rows.take(key, order, (stored) => ({ ...required(stored), status: 'disabled' }))
    this.#move(key)
    this.#falls.tell({ kind: 'identity', id: key, reason, identity: { issuer, subject } })
    return this.#changes.take('disabling an identity', (commit) =>
      this.#store(commit, key, order, 'disabled'),
    )
  }

  /** Works once it is stored. `undefined`: nobody has come by it. @throws DomainError unavailable */
  async enable({ issuer, subject }: IdentityChange): Promise<IdentityRow | undefined> {
    const key = identityKey(issuer, subject)
    if (this.#rows.get(key) === undefined) return undefined
    const order = this.#changes.next()
    return this.#changes.give('enabling an identity', (commit) =>
      this.#store(commit, key, order, 'active'),
    )
  }

  async #store(
    commit: Commit,
    key: string,
    order: number,
    status: IdentityRow['status'],
  ): Promise<IdentityRow> {
    const stored = required(this.#rows.stored(key))
    const row: IdentityRow = { ...stored, status }
    if (stored.status !== status) await commit([{ kind: 'identity.put', row }])
    const before = this.#rows.get(key)
    this.#rows.put(key, row)
    this.#rows.settle(key, order)
    if (this.#rows.get(key)?.status !== before?.status) this.#move(key)
    return row
  }

  #move(key: string): void {
    this.#epochs.move(key)
    this.#changes.root.move()
  }
}

/** Both are any text, so their lengths keep `a` + `bc` apart from `ab` + `c`. */
export function identityKey(issuer: string, subject: string): string {
  return `${issuer.length} ${issuer}${subject}`
}

/** A row that somebody has come by is never forgotten. */
function required(row: IdentityRow | undefined): IdentityRow {
  if (row === undefined) throw new Error('an identity has vanished from memory')
  return row
}
