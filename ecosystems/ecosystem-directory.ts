import type { Bounds } from './bounds.ts'
import type { Changes, Commit } from './changes.ts'
import { Epochs, type EpochCounter } from './epochs.ts'
import { DomainError, full, missing } from './errors.ts'
import { checkId, checkRealm, checkText } from './names.ts'
import { Rows } from './rows.ts'
import type { Change, EcosystemRow } from './store/store.ts'

/** What else is stored with a change, and what is to be done once it is. */
export interface Along {
  readonly changes: readonly Change[]
  readonly stored: () => void
}

/** The ecosystems: a house, a car, a life over both. Each belongs to one realm. One that was deleted is not there. */
export class EcosystemDirectory {
  readonly #changes: Changes
  readonly #bounds: Bounds
  readonly #found: (ecosystem: EcosystemRow, owner: string, by: string) => Along
  readonly #ecosystems = new Rows<EcosystemRow>()
  /** How many each person has ever made. */
  readonly #everOf = new Map<string, number>()
  readonly #epochs = new Epochs()

  /** `found` gives a new ecosystem to its owner, and throws for one who does not exist. */
  constructor(
    parts: {
      readonly changes: Changes
      readonly bounds: Bounds
      readonly found: (ecosystem: EcosystemRow, owner: string, by: string) => Along
    },
    rows: readonly EcosystemRow[],
  ) {
    this.#changes = parts.changes
    this.#bounds = parts.bounds
    this.#found = parts.found
    for (const row of rows) this.#add(row)
  }

  get(id: string): EcosystemRow | undefined {
    const row = this.#ecosystems.get(id)
    return row?.status === 'active' ? row : undefined
  }

  /** The same, or one that ended and of which the store does not know it yet. */
  known(id: string): EcosystemRow | undefined {
    return this.#ecosystems.isTaken(id) ? this.#ecosystems.get(id) : this.get(id)
  }

  /** All, or those of one realm. */
  list(realm?: string): EcosystemRow[] {
    return [...this.#ecosystems.values()].filter(
      (row) => row.status === 'active' && (realm === undefined || row.realm === realm),
    )
  }

  /** Moves with what the ecosystem's own row says. */
  epochOf(id: string): EpochCounter {
    return this.#epochs.of(id)
  }

  /**
   * Makes an ecosystem. Its owner, if it has one, gets level 1 in it.
   * @param ecosystem `by`: who makes it, as `kind:id`; needed where there is an owner
   * @throws DomainError conflict when the id is taken, or was once; not_found (owner); invalid_argument;
   * invalid_state (a bound); unavailable
   */
  async create(ecosystem: {
    readonly id: string
    readonly realm: string
    readonly name?: string
    readonly owner?: string
    readonly pseudonyms?: boolean
    readonly by?: string
  }): Promise<EcosystemRow> {
    const id = checkId('id', ecosystem.id)
    const realm = checkRealm('realm', ecosystem.realm)
    const name = ecosystem.name === undefined ? id : checkText('name', ecosystem.name)
    const { owner = null, pseudonyms = false } = ecosystem
    const by = owner === null ? '' : checkText('by', ecosystem.by)
    return this.#changes.give('ecosystem.create', async (commit) => {
      if (this.#ecosystems.get(id) !== undefined)
        throw new DomainError('conflict', `id: there is, or was, an ecosystem ${id} already`)
      this.#checkRoom(owner)
      const createdAt = this.#changes.clock.now()
      const row: EcosystemRow = { id, realm, name, owner, pseudonyms, status: 'active', createdAt }
      const along = owner === null ? undefined : this.#found(row, owner, by)
      await commit([{ kind: 'ecosystem.put', row }, ...(along?.changes ?? [])])
      this.#add(row)
      along?.stored()
      this.#move(id)
      return row
    })
  }

  /**
   * Changes what is said of it; what is left out stays. Names are kept from devices at once, and told to them again
   * once that is stored.
   * @throws DomainError not_found; invalid_argument; unavailable
   */
  async set(
    id: string,
    next: { readonly name?: string; readonly pseudonyms?: boolean },
  ): Promise<EcosystemRow> {
    this.require(id)
    const name = next.name === undefined ? undefined : checkText('name', next.name)
    const { pseudonyms } = next
    const order = this.#changes.next()
    const said = {
      ...(name !== undefined && { name }),
      ...(pseudonyms !== undefined && { pseudonyms }),
    }
    if (pseudonyms === true) {
      this.#ecosystems.take(id, order, (stored) => ({
        ...(stored ?? this.require(id)),
        pseudonyms,
      }))
      this.#move(id)
    }
    const store = async (commit: Commit): Promise<EcosystemRow> => {
      const row = { ...(this.#ecosystems.stored(id) ?? this.require(id)), ...said }
      await commit([{ kind: 'ecosystem.put', row }])
      this.#ecosystems.put(id, row)
      if (pseudonyms !== undefined) this.#ecosystems.settle(id, order)
      this.#move(id)
      return row
    }
    const task = `setting ecosystem ${id}`
    return pseudonyms === true ? this.#changes.take(task, store) : this.#changes.give(task, store)
  }

  /** Ends it in memory; `row` is what is to be stored, `stored` is to be called when it is. @throws DomainError not_found */
  end(
    id: string,
    order: number,
  ): { readonly row: () => EcosystemRow; readonly stored: () => void } {
    // One whose end the store has refused can be ended again.
    const known = this.known(id)
    if (known === undefined) throw missing('ecosystem', id)
    this.#ecosystems.take(id, order, (stored) => gone(stored ?? known))
    this.#move(id)
    const row = (): EcosystemRow => gone(this.#ecosystems.stored(id) ?? known)
    return {
      row,
      stored: () => {
        this.#ecosystems.put(id, row())
        this.#ecosystems.settle(id, order)
        this.#move(id)
      },
    }
  }

  /** @throws DomainError not_found */
  require(id: string): EcosystemRow {
    const row = this.get(id)
    if (row === undefined) throw missing('ecosystem', id)
    return row
  }

  #checkRoom(owner: string | null): void {
    const { ecosystems, ecosystemsPerOwner } = this.#bounds
    if (this.#ecosystems.size >= ecosystems) throw full('ecosystems', ecosystems)
    if (owner !== null && (this.#everOf.get(owner) ?? 0) >= ecosystemsPerOwner)
      throw full(`ecosystemsPerOwner of ${owner}`, ecosystemsPerOwner)
  }

  #add(row: EcosystemRow): void {
    this.#ecosystems.put(row.id, row)
    if (row.owner !== null) this.#everOf.set(row.owner, (this.#everOf.get(row.owner) ?? 0) + 1)
  }

  #move(id: string): void {
    this.#epochs.move(id)
    this.#changes.root.move()
  }
}

function gone(row: EcosystemRow): EcosystemRow {
  return { ...row, status: 'deleted' }
}
