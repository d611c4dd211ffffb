import type { Commit } from './changes.ts'
import { Epochs, type EpochCounter } from './epochs.ts'
import { DomainError, full, missing } from './errors.ts'
import { isSame, lifted, putsOf, type GrantDraft } from './grant-changes.ts'
import { holdersOf, subjectKey } from './grant-holders.ts'
import { GrantIndex } from './grant-index.ts'
import { termsOf, type Grantee, type NewGrant, type Subject } from './grant-terms.ts'
import type { Gift, Giver, Permit } from './gift.ts'
import type { GrantsParts } from './grants-parts.ts'
import { randomName } from './names.ts'
import { Rows } from './rows.ts'
import type { GrantRow } from './store/store.ts'

export type { GrantDraft } from './grant-changes.ts'
export type { Subject } from './grant-terms.ts'

/** Who was given what. Whether it counts now, and where, `holdings.ts` knows. */
export class Grants {
  readonly #parts: GrantsParts
  readonly #grants = new Rows<GrantRow>()
  readonly #index = new GrantIndex()
  /** Ids of those that are revoked or were over when somebody needed the place, oldest first. */
  readonly #ended = new Set<string>()
  readonly #epochs = new Epochs()

  constructor(parts: GrantsParts, rows: readonly GrantRow[]) {
    this.#parts = parts
    for (const row of rows.toSorted((a, b) => (a.revokedAt ?? 0) - (b.revokedAt ?? 0))) {
      this.#grants.put(row.id, row)
      this.#reindex(row)
    }
    this.#retire(rows)
    this.#forgetOldest()
  }

  get(id: string): GrantRow | undefined {
    return this.#grants.get(id)
  }

  /** Those that are not revoked; with `includeRevoked` the last revoked ones too. */
  list(
    query: {
      readonly ecosystem?: string
      readonly subject?: Grantee
      readonly includeRevoked?: boolean
    } = {},
  ): GrantRow[] {
    const { ecosystem, subject, includeRevoked = false } = query
    return [...this.#grants.values()].filter(
      (row) =>
        (includeRevoked || row.revokedAt === null) &&
        (ecosystem === undefined || row.ecosystem === ecosystem) &&
        (subject === undefined || (row.subjectKind === subject.kind && row.subject === subject.id)),
    )
  }

  /** What somebody has given, as `kind:id`, revoked ones too. */
  givenBy(actor: string): GrantRow[] {
    return Array.from(this.#index.givenBy(actor)).flatMap((id) => this.#grants.get(id) ?? [])
  }

  /** Those of one grantee in one ecosystem that are not revoked, whether they count now or not. */
  heldBy({ kind, id }: Grantee, ecosystem: string | null): readonly GrantRow[] {
    return this.#index.held(kind, id, ecosystem)
  }

  /** By what somebody may give this, or why not. See `giving.ts`. */
  mayGive(giver: Giver, gift: Gift): Permit {
    return this.#parts.mayGive(giver, gift)
  }

  /**
   * Moves when the subject gets or loses a grant, be it by a group or an identity, and for one without when anybody gets
   * his first.
   */
  epochOf(subject: Subject): EpochCounter {
    return this.#epochs.of(subjectKey(subject))
  }

  /**
   * Works once it is stored; what forbids works at once.
   * @throws DomainError not_found for an unknown grantee, ecosystem or device; conflict where the grant it was given by
   * is revoked; invalid_argument; invalid_state (a bound); unavailable
   */
  async create(grant: NewGrant): Promise<GrantRow> {
    const { changes } = this.#parts
    const terms = this.termsOf(grant)
    this.#parts.require(terms)
    if (terms.effect === 'deny') {
      this.#checkRoom(terms)
      const row = { ...terms, id: this.#freeId() }
      const order = changes.next()
      this.#grants.take(row.id, order, () => row)
      this.#moved(row.id, 'fewer')
      return changes.take(`forbidding by grant ${row.id}`, async (commit) => {
        await commit(putsOf(row))
        this.#grants.put(row.id, row)
        this.#grants.settle(row.id, order)
        return row
      })
    }
    return changes.give('grant.create', async (commit) => {
      if (terms.parent !== null && this.#grants.get(terms.parent)?.revokedAt !== null)
        throw new DomainError('conflict', `parent: grant ${terms.parent} was revoked meanwhile`)
      const { row, changes: puts, stored } = this.#draft(terms)
      await commit(puts)
      stored()
      return row
    })
  }

  /** The row that the words come to, but for its id. @throws DomainError invalid_argument, naming the key */
  termsOf(grant: NewGrant): Omit<GrantRow, 'id'> {
    const { bounds, windows, changes } = this.#parts
    return termsOf(grant, { now: changes.clock.now(), bounds, windows })
  }

  /**
   * A grant that another change makes in its own commit and its own turn. It does not forbid.
   * @throws DomainError as `create`
   */
  draft(grant: NewGrant): GrantDraft {
    const terms = this.termsOf(grant)
    this.#parts.require(terms)
    return this.#draft(terms)
  }

  /** The same for an ecosystem that comes with it. */
  found(grant: Pick<NewGrant, 'subject' | 'ecosystem' | 'by'>): GrantDraft {
    return this.#draft(this.termsOf({ ...grant, level: 1 }))
  }

  #draft(terms: Omit<GrantRow, 'id'>): GrantDraft {
    this.#checkRoom(terms)
    const row = { ...terms, id: this.#freeId() }
    return { row, changes: putsOf(row), stored: () => this.adopt(row) }
  }

  /**
   * The store has it and its counters now: made by another change, in that change's own commit (an invite that is
   * redeemed, an ecosystem that gets its owner).
   */
  adopt(row: GrantRow): void {
    this.#grants.put(row.id, row)
    this.#moved(row.id)
  }

  /**
   * Takes a grant back, and with it all that was given by it. Denied at once; resolves when it is stored. What forbids
   * ends when that is stored. A grant that was revoked before stays as it was.
   * @throws DomainError not_found; unavailable, when what is taken holds in memory only
   */
  revoke(id: string): Promise<GrantRow> {
    const at = this.#parts.changes.clock.now()
    const patch = (row: GrantRow): GrantRow => ({ ...row, revokedAt: row.revokedAt ?? at })
    return this.#end(id, `revoking grant ${id}`, patch)
  }

  /** Sets a grant aside until somebody has looked at it: as `revoke`, but it can be lifted. */
  suspend(id: string): Promise<GrantRow> {
    const at = this.#parts.changes.clock.now()
    const patch = (row: GrantRow): GrantRow => ({ ...row, suspendedAt: row.suspendedAt ?? at })
    return this.#end(id, `suspending grant ${id}`, patch)
  }

  /**
   * Makes a suspended grant count again, once that is stored; what forbids does so at once.
   * @throws DomainError not_found; unavailable
   */
  lift(id: string): Promise<GrantRow> {
    return this.#change(id, `lifting grant ${id}`, lifted, this.#known(id).effect === 'deny')
  }

  /** A use that was counted was not used: whoever was told that there is none left may ask again. */
  usable({ id }: GrantRow): void {
    this.#moved(id)
  }

  /** Whoever gave something, as `kind:id`, is shut out: those who hold it may have less, which decisions find by themselves. */
  giverFell(actor: string): void {
    const holders = this.#holders(this.#index.givenBy(actor))
    for (const party of holders.values()) this.#parts.withdrawn(party)
  }

  async #end(id: string, name: string, patch: (row: GrantRow) => GrantRow): Promise<GrantRow> {
    return this.#change(id, name, patch, this.#known(id).effect !== 'deny')
  }

  /** `takes`: somebody has less by it, so that it works before it is stored. */
  async #change(
    id: string,
    name: string,
    patch: (row: GrantRow) => GrantRow,
    takes: boolean,
  ): Promise<GrantRow> {
    const { changes } = this.#parts
    const known = this.#known(id)
    const order = changes.next()
    const current = this.#grants.stored(id)
    if (takes && (current === undefined || !isSame(patch(current), current))) {
      this.#grants.take(id, order, (row) => patch(row ?? known))
      this.#moved(id, 'fewer')
    }
    const store = async (commit: Commit): Promise<GrantRow> => {
      const stored = this.#grants.stored(id)
      const row = patch(stored ?? known)
      if (stored === undefined || !isSame(row, stored)) await commit([{ kind: 'grant.put', row }])
      const before = this.#grants.get(id)
      this.#grants.put(id, row)
      this.#grants.settle(id, order)
      if (before === undefined || !isSame(before, this.#grants.get(id) ?? row)) this.#moved(id)
      this.#forgetOldest()
      return row
    }
    return takes ? changes.take(name, store) : changes.give(name, store)
  }

  #known(id: string): GrantRow {
    const row = this.#grants.get(id)
    if (row === undefined) throw missing('grant', id)
    return row
  }

  #checkRoom(row: Omit<GrantRow, 'id'>): void {
    const { grants, grantsPerSubject } = this.#parts.bounds
    const grantee = { kind: row.subjectKind, id: row.subject }
    const own = (): readonly GrantRow[] => this.heldBy(grantee, row.ecosystem)
    if (own().length >= grantsPerSubject) this.#retire(own())
    if (this.#grants.size - this.#ended.size >= grants) this.#retire(this.#grants.values())
    if (this.#grants.size - this.#ended.size >= grants) throw full('grants', grants)
    if (own().length >= grantsPerSubject)
      throw full(`grantsPerSubject of ${row.subject} in ${row.ecosystem}`, grantsPerSubject)
  }

  /** What is over needs no place among those that may count. */
  #retire(rows: Iterable<GrantRow>): void {
    const now = this.#parts.changes.clock.now()
    for (const row of rows)
      if (row.expiresAt !== null && row.expiresAt <= now) {
        this.#ended.add(row.id)
        this.#index.put(row, false)
      }
  }

  #reindex(row: GrantRow): void {
    if (row.revokedAt !== null) this.#ended.add(row.id)
    this.#index.put(row, !this.#ended.has(row.id))
  }

  /** Ended grants are history: memory keeps the last ones, the store keeps all. */
  #forgetOldest(): void {
    for (const id of this.#ended) {
      if (this.#ended.size <= this.#parts.bounds.revokedGrants) return
      const row = this.#grants.get(id)
      if (row === undefined || this.#grants.isTaken(id)) continue
      this.#ended.delete(id)
      this.#grants.delete(id)
      this.#index.delete(row)
      this.#parts.uses().forget(row)
    }
  }

  #freeId(): string {
    const id = `g_${randomName(12)}`
    return this.#grants.get(id) === undefined ? id : this.#freeId()
  }

  /** What was decided on it, and on all that was given by it, is decided anew. `fewer`: and its holders are told of. */
  #moved(id: string, rights?: 'fewer'): void {
    const row = this.#known(id)
    this.#reindex(row)
    this.#parts.uses().add(row)
    const parties = this.#holders([id])
    for (const key of parties.keys()) this.#epochs.move(key)
    this.#parts.changes.root.move()
    if (rights === 'fewer') for (const party of parties.values()) this.#parts.withdrawn(party)
  }

  /** Of these grants and of all that was given by them. */
  #holders(ids: Iterable<string>): Map<string, Subject> {
    const rows = this.#index.withBelow(ids).flatMap((id) => this.get(id) ?? [])
    return holdersOf(rows, this.#parts.partiesOf)
  }
}
