import type { Bounds } from './bounds.ts'
import type { Changes } from './changes.ts'
import { DomainError, full, missing } from './errors.ts'
import { checkId, checkRealm, checkText } from './names.ts'
import type { EcosystemRow } from './store/store.ts'

/** The ecosystems: a house, a car. Each belongs to one realm. */
export class EcosystemDirectory {
  readonly #changes: Changes
  readonly #bounds: Bounds
  readonly #ecosystems = new Map<string, EcosystemRow>()

  constructor(
    parts: { readonly changes: Changes; readonly bounds: Bounds },
    rows: readonly EcosystemRow[],
  ) {
    this.#changes = parts.changes
    this.#bounds = parts.bounds
    for (const row of rows) this.#ecosystems.set(row.id, row)
  }

  get(id: string): EcosystemRow | undefined {
    return this.#ecosystems.get(id)
  }

  /** All, or those of one realm. */
  list(realm?: string): EcosystemRow[] {
    const all = [...this.#ecosystems.values()]
    return realm === undefined ? all : all.filter((row) => row.realm === realm)
  }

  /** @throws DomainError conflict when the id is taken; invalid_argument; unavailable */
  async create(ecosystem: {
    readonly id: string
    readonly realm: string
    readonly name?: string
  }): Promise<EcosystemRow> {
    const id = checkId('id', ecosystem.id)
    const realm = checkRealm('realm', ecosystem.realm)
    const name = ecosystem.name === undefined ? id : checkText('name', ecosystem.name)
    return this.#changes.give('ecosystem.create', async (commit) => {
      if (this.#ecosystems.has(id))
        throw new DomainError('conflict', `id: there is an ecosystem ${id} already`)
      if (this.#ecosystems.size >= this.#bounds.ecosystems)
        throw full('ecosystems', this.#bounds.ecosystems)
      const row: EcosystemRow = {
        id,
        realm,
        name,
        owner: null,
        pseudonyms: false,
        status: 'active',
        createdAt: this.#changes.clock.now(),
      }
      await commit([{ kind: 'ecosystem.put', row }])
      this.#ecosystems.set(id, row)
      this.#changes.root.move()
      return row
    })
  }

  /** @throws DomainError not_found */
  require(id: string): EcosystemRow {
    const row = this.#ecosystems.get(id)
    if (row === undefined) throw missing('ecosystem', id)
    return row
  }
}
