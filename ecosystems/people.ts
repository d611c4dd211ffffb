import type { Bounds } from './bounds.ts'
import type { Changes, Commit } from './changes.ts'
import { Epochs, type EpochCounter } from './epochs.ts'
import { DomainError, full, missing } from './errors.ts'
import type { Evidence } from './evidence.ts'
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

/** Why a proof does not make anybody this person. For the log; the bearer is not told. */
export type Bar =
  | 'person_disabled'
  | 'identity_disabled'
  | 'provider_disabled'
  | 'proof_taken_back'
  | 'local_identity_revoked'

/** Accounts of ours and the federated identities that lead to them. */
export class People {
  readonly #changes: Changes
  readonly #falls: Falls
  readonly #bounds: Bounds
  readonly #people = new Rows<PersonRow>()
  readonly #identities: Identities
  readonly #isShut: (issuer: string) => boolean
  readonly #isLocal: (id: string) => boolean
  readonly #epochs = new Epochs()

  constructor(
    parts: {
      readonly changes: Changes
      readonly falls: Falls
      readonly bounds: Bounds
      readonly identities: Identities
      /** Whether nobody may come by this provider any more. */
      readonly isShut: (issuer: string) => boolean
      /** Whether there is such a local identity, and nobody has revoked it. */
      readonly isLocal: (id: string) => boolean
    },
    rows: readonly PersonRow[],
  ) {
    this.#identities = parts.identities
    this.#isShut = parts.isShut
    this.#isLocal = parts.isLocal
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
    if (identity === undefined || identity.status === 'unlinked') return undefined
    return this.#people.get(identity.person)
  }

  identitiesOf(id: string): readonly IdentityRow[] {
    return this.#identities.of(id)
  }

  /**
   * Why nobody can be this person by such a proof, if so. Rests on `epochOf`, on the identity's epoch, and on the trust
   * in providers.
   */
  barred(id: string, { identity, local, authAt }: Evidence = {}): Bar | undefined {
    const person = this.#people.get(id)
    if (person?.status !== 'active') return 'person_disabled'
    const { proofsAfter } = person
    if (identity === undefined) {
      if (local !== undefined && !this.#isLocal(local.id)) return 'local_identity_revoked'
      if (proofsAfter !== null && authAt !== undefined && authAt <= proofsAfter)
        return 'proof_taken_back'
      return this.#identities.areShut(id) ? 'identity_disabled' : undefined
    }
    const { issuer, subject, issuedAt = -Infinity } = identity
    if (!this.#identities.leadsTo(issuer, subject, id)) return 'identity_disabled'
    if (this.#isShut(issuer)) return 'provider_disabled'
    return proofsAfter !== null && issuedAt <= proofsAfter ? 'proof_taken_back' : undefined
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

  /**
   * Denied and told of at once; resolves when it is stored.
   * @param asker the session that asks: it is to hear the answer before it ends
   */
  async disable(id: string, { asker }: { readonly asker?: number } = {}): Promise<PersonRow> {
    this.#known(id)
    const order = this.#changes.next()
    this.#people.take(id, order, (stored) => ({ ...required(stored), status: 'disabled' }))
    this.#fall(id, 'disabled', asker)
    return this.#changes.take(`disabling person ${id}`, (commit) =>
      this.#store(commit, id, order, { status: 'disabled' }),
    )
  }

  /** As if all proofs that were made until now had ended: the person signs in anew. At once, as `disable`. */
  async takeBackProofs(
    id: string,
    { asker }: { readonly asker?: number } = {},
  ): Promise<PersonRow> {
    this.#known(id)
    const order = this.#changes.next()
    const proofsAfter = this.#changes.clock.now()
    this.#people.take(id, order, (stored) => ({ ...required(stored), proofsAfter }))
    this.#fall(id, 'proofs taken back', asker)
    return this.#changes.take(`taking back the proofs of ${id}`, (commit) =>
      this.#store(commit, id, order, { proofsAfter }),
    )
  }

  /** The store has this row now. */
  put(row: PersonRow): void {
    this.#people.put(row.id, row)
    if (row.status === 'active') this.#move(row.id)
    else this.#fall(row.id, 'disabled')
  }

  /** Whether his identities lead elsewhere now, or not. */
  moved(id: string): void {
    this.#move(id)
  }

  /** Works once it is stored. */
  async enable(id: string): Promise<PersonRow> {
    this.#known(id)
    const order = this.#changes.next()
    return this.#changes.give(`enabling person ${id}`, (commit) =>
      this.#store(commit, id, order, { status: 'active' }),
    )
  }

  async #store(
    commit: Commit,
    id: string,
    order: number,
    change: Partial<Pick<PersonRow, 'status' | 'proofsAfter'>>,
  ): Promise<PersonRow> {
    const stored = required(this.#people.stored(id))
    // With whatever else was taken and could not be stored: settling it must not give that back.
    const row: PersonRow = { ...required(this.#people.get(id)), ...change }
    if (row.status !== stored.status || row.proofsAfter !== stored.proofsAfter)
      await commit([{ kind: 'person.put', row }])
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
    const person: PersonRow = { id, name, status: 'active', proofsAfter: null, createdAt }
    const active = { status: 'active', disabledBy: null } as const
    const identity: IdentityRow = { issuer, subject, person: id, ...active, createdAt }
    await commit([
      { kind: 'person.put', row: person },
      { kind: 'identity.put', row: identity },
    ])
    this.#people.put(id, person)
    this.#identities.put(identity)
    this.#move(id)
    return person
  }

  #fall(id: string, reason: string, asker?: number): void {
    this.#move(id)
    this.#falls.tell({ kind: 'person', id, reason, ...(asker !== undefined && { asker }) })
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
