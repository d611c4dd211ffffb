import type { Bounds } from './bounds.ts'
import type { Changes, Commit } from './changes.ts'
import { Epochs, type EpochCounter } from './epochs.ts'
import { DomainError, full, missing } from './errors.ts'
import type { Falls } from './falls.ts'
import type { Identities } from './identities.ts'
import { checkId, checkText, randomName } from './names.ts'
import { Rows } from './rows.ts'
import type { IdentityRow, PersonRow } from './store/store.ts'

/** What an OpenID provider says of somebody, once the token is proven. */
export interface ProvenIdentity {
  readonly issuer: string
  readonly subject: string
  /** What to call a person that is new. */
  readonly name?: string
}

/** Accounts of ours and the federated identities that lead to them. */
export class People {
  readonly #changes: Changes
  readonly #falls: Falls
  readonly #bounds: Bounds
  readonly #people = new Rows<PersonRow>()
  readonly #identities: Identities
  readonly #epochs = new Epochs()

  constructor(
    parts: {
      readonly changes: Changes
      readonly falls: Falls
      readonly bounds: Bounds
      readonly identities: Identities
    },
    rows: readonly PersonRow[],
  ) {
    this.#identities = parts.identities
    this.#changes = parts.changes
    this.#falls = parts.falls
    this.#bounds = parts.bounds
    for (const person of rows) this.#people.put(person.id, person)
  }

  get(id: string): PersonRow | undefined {
    return this.#people.get(id)
  }

  list(): PersonRow[] {
    return [...this.#people.values()]
  }

  byIdentity(issuer: string, subject: string): PersonRow | undefined {
    const identity = this.#identities.get(issuer, subject)
    return identity === undefined ? undefined : this.#people.get(identity.person)
  }

  identitiesOf(id: string): readonly IdentityRow[] {
    return this.#identities.of(id)
  }

  /** Moves when the person's standing changes, and for an unknown one when somebody comes. */
  epochOf(id: string): EpochCounter {
    return this.#epochs.of(id)
  }

  /**
   * The person behind an identity, who is made at the first time. Disabled ones are returned as such.
   * @throws DomainError unavailable when a new person cannot be stored; known ones need no store
   */
  async admit(identity: ProvenIdentity): Promise<PersonRow> {
    const known = this.byIdentity(identity.issuer, identity.subject)
    if (known !== undefined) return known
    const { issuer, subject } = identity
    checkIdentity(issuer, subject)
    return this.#changes.give(
      'person.admit',
      async (commit) => {
        // Two sessions of one newcomer may arrive together.
        const arrived = this.byIdentity(issuer, subject)
        if (arrived !== undefined) return arrived
        const id = this.#freeId()
        return this.#add(commit, { id, name: readableName(identity.name) ?? id, issuer, subject })
      },
      'outside',
    )
  }

  /** @throws DomainError conflict when the id or the identity is taken; invalid_argument; unavailable */
  async create(person: {
    readonly id?: string
    readonly name: string
    readonly issuer: string
    readonly subject: string
  }): Promise<PersonRow> {
    const { issuer, subject } = person
    const name = checkText('name', person.name)
    const id = person.id === undefined ? undefined : checkId('id', person.id)
    checkIdentity(issuer, subject)
    return this.#changes.give('person.create', async (commit) => {
      if (id !== undefined && this.#people.get(id) !== undefined)
        throw new DomainError('conflict', `id: there is a person ${id} already`)
      if (this.byIdentity(issuer, subject) !== undefined)
        throw new DomainError('conflict', 'issuer and subject: this identity belongs to a person')
      return this.#add(commit, { id: id ?? this.#freeId(), name, issuer, subject })
    })
  }

  /** Denied and told of at once; resolves when it is stored. */
  async disable(id: string): Promise<PersonRow> {
    this.#known(id)
    const order = this.#changes.next()
    this.#people.take(id, order, (stored) => ({
      ...required(stored),
      status: 'disabled',
    }))
    this.#move(id)
    this.#falls.tell({ kind: 'person', id, reason: 'disabled' })
    return this.#changes.take(`disabling person ${id}`, (commit) =>
      this.#store(commit, id, order, 'disabled'),
    )
  }

  /** Works once it is stored. */
  async enable(id: string): Promise<PersonRow> {
    this.#known(id)
    const order = this.#changes.next()
    return this.#changes.give(`enabling person ${id}`, (commit) =>
      this.#store(commit, id, order, 'active'),
    )
  }

  async #store(
    commit: Commit,
    id: string,
    order: number,
    status: PersonRow['status'],
  ): Promise<PersonRow> {
    const stored = required(this.#people.stored(id))
    const row: PersonRow = { ...stored, status }
    if (stored.status !== status) await commit([{ kind: 'person.put', row }])
    const before = this.#people.get(id)
    this.#people.put(id, row)
    this.#people.settle(id, order)
    if (this.#people.get(id)?.status !== before?.status) this.#move(id)
    return row
  }

  async #add(
    commit: Commit,
    { id, name, issuer, subject }: { id: string; name: string; issuer: string; subject: string },
  ): Promise<PersonRow> {
    if (this.#people.size >= this.#bounds.people) throw full('people', this.#bounds.people)
    const createdAt = this.#changes.clock.now()
    const person: PersonRow = { id, name, status: 'active', createdAt }
    const identity: IdentityRow = { issuer, subject, person: id, status: 'active', createdAt }
    await commit([
      { kind: 'person.put', row: person },
      { kind: 'identity.put', row: identity },
    ])
    this.#people.put(id, person)
    this.#identities.put(identity)
    this.#move(id)
    return person
  }

  #known(id: string): void {
    if (this.#people.get(id) === undefined) throw missing('person', id)
  }

  #freeId(): string {
    let id: string
    do id = `p_${randomName(8)}`
    while (this.#people.get(id) !== undefined)
    return id
  }

  #move(id: string): void {
    this.#epochs.move(id)
    this.#changes.root.move()
  }
}

/** OpenID Connect Core, 2: `sub` is at most 255 ASCII characters. */
function checkIdentity(issuer: string, subject: string): void {
  checkText('issuer', issuer)
  checkText('subject', subject)
}

/** A claim is any text: one that cannot be shown is no name. */
function readableName(claim: string | undefined): string | undefined {
  try {
    return claim === undefined ? undefined : checkText('name', claim)
  } catch {
    return undefined
  }
}

/** People are never forgotten: a row that was there still is. */
function required(row: PersonRow | undefined): PersonRow {
  if (row === undefined) throw new Error('a person has vanished from memory')
  return row
}
