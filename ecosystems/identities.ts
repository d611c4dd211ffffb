import type { Changes, Commit } from './changes.ts'
import { Epochs, type EpochCounter } from './epochs.ts'
import { DomainError, missing } from './errors.ts'
import type { Falls } from './falls.ts'
import { Rows } from './rows.ts'
import type { IdentityRow } from './store/store.ts'

/** An identity and why something happens to it. */
export interface IdentityChange {
  readonly issuer: string
  readonly subject: string
  /** For the record. */
  readonly reason: string
  /** Whose word it is. Default `house`. */
  readonly by?: NonNullable<IdentityRow['disabledBy']>
}

/** The federated identities by which people come, and whether they may still. */
export class Identities {
  readonly #changes: Changes
  readonly #falls: Falls
  readonly #moved: (person: string) => void
  readonly #rows = new Rows<IdentityRow>()
  readonly #keysByPerson = new Map<string, readonly string[]>()
  readonly #epochs = new Epochs()

  constructor(
    parts: {
      readonly changes: Changes
      readonly falls: Falls
      /** Told whose standing moves. */
      readonly moved: (person: string) => void
    },
    rows: readonly IdentityRow[],
  ) {
    this.#moved = parts.moved
    this.#changes = parts.changes
    this.#falls = parts.falls
    for (const row of rows) this.put(row)
  }

  get(issuer: string, subject: string): IdentityRow | undefined {
    return this.#rows.get(identityKey(issuer, subject))
  }

  /** Those that lead to a person, disabled ones too, in the order in which they came. */
  of(person: string): readonly IdentityRow[] {
    const keys = this.#keysByPerson.get(person) ?? []
    const rows = keys.flatMap((key) => this.#rows.get(key) ?? [])
    return rows.filter((row) => row.person === person && row.status !== 'unlinked')
  }

  /** Whether it leads to this person, and nobody has disabled it. */
  leadsTo(issuer: string, subject: string, person: string): boolean {
    const row = this.get(issuer, subject)
    return row?.status === 'active' && row.person === person
  }

  /** Whether every way to come that the person had is disabled. */
  areShut(person: string): boolean {
    const rows = this.of(person)
    return rows.length > 0 && rows.every(({ status }) => status === 'disabled')
  }

  /** The store has this row now. Whoever came by it to another person comes by it no more. */
  put(row: IdentityRow): void {
    const key = identityKey(row.issuer, row.subject)
    const before = this.#rows.get(key)
    this.#rows.put(key, row)
    this.#index(key, row)
    if (before !== undefined) this.#move(key, before.person)
  }

  #isKnown(key: string): boolean {
    const row = this.#rows.get(key)
    return row !== undefined && row.status !== 'unlinked'
  }

  #index(key: string, row: IdentityRow): void {
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
  async disable(change: IdentityChange): Promise<IdentityRow | undefined> {
    const { issuer, subject, reason, by = 'house' } = change
    const key = identityKey(issuer, subject)
    if (!this.#isKnown(key)) return undefined
    const order = this.#changes.next()
    // What the house has disabled stays its own, whoever says the same.
    const disabledBy = this.get(issuer, subject)?.disabledBy === 'house' ? 'house' : by
    const disabled = { status: 'disabled', disabledBy } as const
    const { person } = this.#rows.take(key, order, (row) => ({ ...required(row), ...disabled }))
    this.#move(key, person)
    this.#falls.tell({ kind: 'identity', id: key, reason, identity: { issuer, subject } })
    // Who came by other means, as by a key of the house's own, stands on these all the same.
    if (this.areShut(person)) this.#falls.tell({ kind: 'person', id: person, reason })
    return this.#changes.take('disabling an identity', (commit) =>
      this.#store(commit, key, order, disabled),
    )
  }

  /**
   * Works once it is stored. `undefined`: nobody has come by it, or the house has disabled what a provider would enable.
   * @throws DomainError unavailable
   */
  async enable(change: IdentityChange): Promise<IdentityRow | undefined> {
    const { issuer, subject, by = 'house' } = change
    const key = identityKey(issuer, subject)
    if (!this.#isKnown(key)) return undefined
    if (by === 'provider' && this.get(issuer, subject)?.disabledBy !== 'provider') return undefined
    const order = this.#changes.next()
    return this.#changes.give('enabling an identity', (commit) =>
      this.#store(commit, key, order, { status: 'active', disabledBy: null }),
    )
  }

  /**
   * It leads to this person no more, at once, and the sessions that came by it end; resolves when it is stored.
   * @throws DomainError not_found where it does not lead to the person; invalid_state for a disabled one, which is to
   * stay so, and for the last one that is active; unavailable
   */
  async unlink(issuer: string, subject: string, person: string): Promise<IdentityRow> {
    const key = identityKey(issuer, subject)
    const row = this.get(issuer, subject)
    if (row?.person !== person || row.status === 'unlinked') throw missing('identity', subject)
    if (row.status === 'disabled')
      throw new DomainError('invalid_state', 'this identity is disabled, and stays known as such')
    const others = this.of(person).filter((other) => identityKeyOf(other) !== key)
    if (!others.some(({ status }) => status === 'active'))
      throw new DomainError('invalid_state', 'this is the last identity by which the person comes')
    const order = this.#changes.next()
    const unlinked = { status: 'unlinked', disabledBy: null } as const
    this.#rows.take(key, order, (stored) => ({ ...required(stored), ...unlinked }))
    this.#move(key, person)
    const identity = { issuer, subject, person }
    this.#falls.tell({ kind: 'identity', id: key, reason: 'unlinked', identity })
    return this.#changes.take('unlinking an identity', (commit) =>
      this.#store(commit, key, order, unlinked),
    )
  }

  async #store(
    commit: Commit,
    key: string,
    order: number,
    standing: Pick<IdentityRow, 'status' | 'disabledBy'>,
  ): Promise<IdentityRow> {
    const stored = required(this.#rows.stored(key))
    const row: IdentityRow = { ...stored, ...standing }
    const isNews = stored.status !== row.status || stored.disabledBy !== row.disabledBy
    // What memory and store disagree about is written, even where the store would not change by it.
    if (isNews || this.#rows.isTaken(key)) await commit([{ kind: 'identity.put', row }])
    const before = this.#rows.get(key)
    this.#rows.put(key, row)
    this.#rows.settle(key, order)
    if (this.#rows.get(key)?.status !== before?.status) this.#move(key, row.person)
    return row
  }

  #move(key: string, person: string): void {
    this.#epochs.move(key)
    this.#moved(person)
    this.#changes.root.move()
  }
}

/** Both are any text, so their lengths keep `a` + `bc` apart from `ab` + `c`. */
export function identityKey(issuer: string, subject: string): string {
  return `${issuer.length} ${issuer}${subject}`
}

/** The parts of an identity's key. */
export function identityOf(key: string): { readonly issuer: string; readonly subject: string } {
  const [length = ''] = key.split(' ', 1)
  const from = length.length + 1
  return {
    issuer: key.slice(from, from + Number(length)),
    subject: key.slice(from + Number(length)),
  }
}

function identityKeyOf({ issuer, subject }: IdentityRow): string {
  return identityKey(issuer, subject)
}

/** A row that somebody has come by is never forgotten. */
function required(row: IdentityRow | undefined): IdentityRow {
  if (row === undefined) throw new Error('an identity has vanished from memory')
  return row
}
