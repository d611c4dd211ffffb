import type { Bounds } from './bounds.ts'
import type { Changes, Commit } from './changes.ts'
import { DomainError, full, missing } from './errors.ts'
import { checkText, randomName } from './names.ts'
import { Rows } from './rows.ts'
import type { AuthenticatorRow } from './store/store.ts'

/** What is enrolled. That its holder has the private half is proven by then. */
export type NewAuthenticator = Pick<
  AuthenticatorRow,
  'person' | 'name' | 'kind' | 'publicKey' | 'credential' | 'acr'
>

/** By what people confirm: watches, phones, keys, passkeys. */
export class PersonalAuthenticators {
  readonly #changes: Changes
  readonly #bounds: Bounds
  readonly #requirePerson: (id: string) => void
  readonly #rows = new Rows<AuthenticatorRow>()
  readonly #idsByPerson = new Map<string, readonly string[]>()
  /** Of all that were ever enrolled: one that was revoked is not taken again. */
  readonly #idsByPublicKey = new Map<string, string>()

  /** `requirePerson` throws for one that is not there. */
  constructor(
    parts: {
      readonly changes: Changes
      readonly bounds: Bounds
      readonly requirePerson: (id: string) => void
    },
    rows: readonly AuthenticatorRow[],
  ) {
    this.#changes = parts.changes
    this.#bounds = parts.bounds
    this.#requirePerson = parts.requirePerson
    for (const row of rows) this.#add(row)
  }

  get(id: string): AuthenticatorRow | undefined {
    return this.#rows.get(id)
  }

  /** Also one that counts no more. @param publicKey as it was enrolled */
  byPublicKey(publicKey: string): AuthenticatorRow | undefined {
    const id = this.#idsByPublicKey.get(publicKey)
    return id === undefined ? undefined : this.#rows.get(id)
  }

  /** Whether its word counts. */
  isActive(id: string): boolean {
    return this.#rows.get(id)?.status === 'active'
  }

  /** All of a person's, those that count no more too, in the order in which they came. */
  of(person: string): readonly AuthenticatorRow[] {
    return (this.#idsByPerson.get(person) ?? []).flatMap((id) => this.#rows.get(id) ?? [])
  }

  /** Those of a person whose word counts. */
  activeOf(person: string): readonly AuthenticatorRow[] {
    return this.of(person).filter(({ status }) => status === 'active')
  }

  /** All whose word counts, of whomever. */
  *active(): Generator<AuthenticatorRow, void> {
    for (const row of this.#rows.values()) if (row.status === 'active') yield row
  }

  /**
   * Works once it is stored.
   * @throws DomainError conflict (the key was enrolled before); not_found (person); invalid_state (a bound);
   * invalid_argument; unavailable
   */
  enrol(made: NewAuthenticator): Promise<AuthenticatorRow> {
    const name = checkText('name', made.name)
    const { person } = made
    return this.#changes.give('enrolling an authenticator', async (commit) => {
      this.#requirePerson(person)
      if (this.#idsByPublicKey.has(made.publicKey))
        throw new DomainError('conflict', 'public_key: it was enrolled before')
      const { authenticatorsPerPerson, authenticatorsEver } = this.#bounds
      const ever = this.of(person)
      if (ever.filter(({ status }) => status !== 'revoked').length >= authenticatorsPerPerson)
        throw full(`authenticatorsPerPerson of ${person}`, authenticatorsPerPerson)
      if (ever.length >= authenticatorsEver)
        throw full(`authenticatorsEver of ${person}`, authenticatorsEver)
      const row: AuthenticatorRow = {
        ...made,
        name,
        id: this.#freeId(),
        status: 'active',
        createdAt: this.#changes.clock.now(),
      }
      await commit([{ kind: 'authenticator.put', row }])
      this.#add(row)
      this.#changes.root.move()
      return row
    })
  }

  /**
   * For good, and at once: what it has confirmed and nobody has used yet falls too.
   * @throws DomainError not_found; unavailable when it holds in memory only
   */
  revoke(id: string): Promise<AuthenticatorRow> {
    return this.#take(id, 'revoked')
  }

  /** Until it is lifted, and at once. One that is revoked stays so. @throws as `revoke` */
  suspend(id: string): Promise<AuthenticatorRow> {
    return this.#take(id, 'suspended')
  }

  /** One that is suspended counts again, once that is stored. @throws DomainError not_found, unavailable */
  lift(id: string): Promise<AuthenticatorRow> {
    if (this.#rows.get(id) === undefined) throw missing('authenticator', id)
    const order = this.#changes.next()
    return this.#changes.give(`lifting the suspension of authenticator ${id}`, (commit) =>
      this.#store(commit, id, order, (row) =>
        row.status === 'suspended' ? { ...row, status: 'active' } : row,
      ),
    )
  }

  /** A passkey has counted on: a copy of it, which has not, is refused from now on. @throws DomainError unavailable */
  async counted(id: string, counter: number): Promise<void> {
    const credential = this.#rows.get(id)?.credential
    if (credential === undefined || credential === null || counter <= credential.counter) return
    const order = this.#changes.next()
    await this.#changes.give(`counting a use of authenticator ${id}`, (commit) =>
      this.#store(commit, id, order, (row) =>
        row.credential === null || row.credential.counter >= counter
          ? row
          : { ...row, credential: { ...row.credential, counter } },
      ),
    )
  }

  async #take(id: string, status: 'revoked' | 'suspended'): Promise<AuthenticatorRow> {
    if (this.#rows.get(id) === undefined) throw missing('authenticator', id)
    const narrow = (row: AuthenticatorRow): AuthenticatorRow =>
      row.status === 'revoked' ? row : { ...row, status }
    const order = this.#changes.next()
    this.#rows.take(id, order, (stored) => narrow(required(stored)))
    this.#changes.root.move()
    return this.#changes.take(`taking away authenticator ${id}`, (commit) =>
      this.#store(commit, id, order, narrow),
    )
  }

  async #store(
    commit: Commit,
    id: string,
    order: number,
    change: (row: AuthenticatorRow) => AuthenticatorRow,
  ): Promise<AuthenticatorRow> {
    const stored = required(this.#rows.stored(id))
    const row = change(stored)
    if (row !== stored) await commit([{ kind: 'authenticator.put', row }])
    this.#rows.put(id, row)
    this.#rows.settle(id, order)
    this.#changes.root.move()
    return row
  }

  #add(row: AuthenticatorRow): void {
    this.#rows.put(row.id, row)
    this.#idsByPublicKey.set(row.publicKey, row.id)
    this.#idsByPerson.set(row.person, [...(this.#idsByPerson.get(row.person) ?? []), row.id])
  }

  #freeId(): string {
    let id: string
    do id = `au_${randomName(8)}`
    while (this.#rows.get(id) !== undefined)
    return id
  }
}

/** A row is never forgotten. */
function required(row: AuthenticatorRow | undefined): AuthenticatorRow {
  if (row === undefined) throw new Error('an authenticator has vanished from memory')
  return row
}
