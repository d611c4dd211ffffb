import { Epochs, type Epoch, type EpochCounter } from './epochs.ts'
import { missing } from './errors.ts'
import { Prefixes } from './prefixes.ts'
import { Rows } from './rows.ts'
import type { DeviceRow } from './store/store.ts'

/** The devices, found by what they are looked for by. */
export class DeviceIndex {
  readonly rows: Rows<DeviceRow> = new Rows<DeviceRow>()
  readonly #root: Epoch
  readonly #idsByPublicKey = new Map<string, string>()
  readonly #idsByClaim = new Map<string, string>()
  readonly #childrenByGateway = new Map<string, Set<string>>()
  readonly #prefixesByRealm = new Map<string, Prefixes>()
  readonly #epochs = new Epochs()
  readonly #realmEpochs = new Epochs()

  constructor(root: Epoch, rows: readonly DeviceRow[]) {
    this.#root = root
    for (const row of rows) this.#add(row)
  }

  get size(): number {
    return this.rows.size
  }

  get(id: string): DeviceRow | undefined {
    return this.rows.get(id)
  }

  /** @throws DomainError not_found */
  require(id: string): DeviceRow {
    const row = this.rows.get(id)
    if (row === undefined) throw missing('device', id)
    return row
  }

  /** As the store has it: what its next row is made from. @throws DomainError not_found */
  stored(id: string): DeviceRow {
    return this.rows.stored(id) ?? this.require(id)
  }

  /** All, or those of one realm. */
  list(realm?: string): DeviceRow[] {
    const all = [...this.rows.values()]
    return realm === undefined ? all : all.filter((row) => row.realm === realm)
  }

  byPublicKey(hex: string): DeviceRow | undefined {
    return this.#found(this.#idsByPublicKey.get(hex))
  }

  /** @param hash SHA-256 of the claim code, hex */
  byClaim(hash: string): DeviceRow | undefined {
    return this.#found(this.#idsByClaim.get(hash))
  }

  childrenOf(gateway: string): DeviceRow[] {
    return [...(this.#childrenByGateway.get(gateway) ?? [])].map((id) => this.require(id))
  }

  owning(realm: string, uri: string): DeviceRow | undefined {
    return this.#found(this.#prefixesByRealm.get(realm)?.ownerOf(uri))
  }

  isTaken(realm: string, prefix: string): boolean {
    return this.#prefixesByRealm.get(realm)?.overlaps(prefix) ?? false
  }

  epochOf(id: string): EpochCounter {
    return this.#epochs.of(id)
  }

  epochOfRealm(realm: string): EpochCounter {
    return this.#realmEpochs.of(realm)
  }

  /** The store has a device that is new. */
  come(row: DeviceRow): void {
    this.#add(row)
    this.#realmEpochs.move(row.realm)
    this.move(row.id)
  }

  /** The store has this row now, in place of another of the same id. Whoever changes rights by it moves the epoch. */
  put(row: DeviceRow): DeviceRow {
    const before = this.stored(row.id)
    this.rows.put(row.id, row)
    if (before.claim !== row.claim) {
      if (before.claim !== null) this.#idsByClaim.delete(before.claim)
      if (row.claim !== null) this.#idsByClaim.set(row.claim, row.id)
    }
    if (before.prefix !== row.prefix) {
      const prefixes = this.#prefixesOf(row.realm)
      prefixes.remove(before.prefix)
      prefixes.add(row.prefix, row.id)
      this.#realmEpochs.move(row.realm)
    }
    this.#root.move()
    return this.require(row.id)
  }

  /** Something changed that decisions about the device rest on. */
  move(id: string): void {
    this.#epochs.move(id)
    this.#root.move()
  }

  /**
   * All leave an ecosystem that ends, at once; who was in no other has no owner any more, and can be claimed anew.
   * `rows` are what is to be stored; `stored` is to be called when it is.
   */
  leave(
    ecosystem: string,
    order: number,
  ): { readonly rows: () => DeviceRow[]; readonly stored: () => void } {
    const ids = this.list()
      .filter(({ id }) => this.stored(id).ecosystems.includes(ecosystem))
      .map(({ id }) => id)
    for (const id of ids) {
      this.rows.take(id, order, (stored) => without(stored ?? this.require(id), ecosystem))
      this.move(id)
    }
    const rows = (): DeviceRow[] => ids.map((id) => without(this.stored(id), ecosystem))
    return {
      rows,
      stored: () => {
        for (const row of rows()) {
          this.put(row)
          this.rows.settle(row.id, order)
          this.move(row.id)
        }
      },
    }
  }

  #add(row: DeviceRow): void {
    this.rows.put(row.id, row)
    if (row.publicKey !== null) this.#idsByPublicKey.set(row.publicKey, row.id)
    if (row.claim !== null) this.#idsByClaim.set(row.claim, row.id)
    if (row.gateway !== null) {
      const children = this.#childrenByGateway.get(row.gateway)
      if (children === undefined) this.#childrenByGateway.set(row.gateway, new Set([row.id]))
      else children.add(row.id)
    }
    this.#prefixesOf(row.realm).add(row.prefix, row.id)
  }

  #prefixesOf(realm: string): Prefixes {
    let prefixes = this.#prefixesByRealm.get(realm)
    if (prefixes === undefined) {
      prefixes = new Prefixes()
      this.#prefixesByRealm.set(realm, prefixes)
    }
    return prefixes
  }

  #found(id: string | undefined): DeviceRow | undefined {
    return id === undefined ? undefined : this.rows.get(id)
  }
}

function without(row: DeviceRow, ecosystem: string): DeviceRow {
  const ecosystems = row.ecosystems.filter((each) => each !== ecosystem)
  if (ecosystems.length > 0) return { ...row, ecosystems }
  return { ...row, ecosystems, owner: null, status: row.status === 'active' ? 'new' : row.status }
}
