import type { Bounds } from './bounds.ts'
import type { Changes } from './changes.ts'
import { Epochs, type EpochCounter } from './epochs.ts'
import { DomainError, full, invalid, missing } from './errors.ts'
import { randomName } from './names.ts'
import { Rows } from './rows.ts'
import type { DeviceActRow } from './store/store.ts'

/** Which delegations: of one device, of one person, or of both. */
export interface ActParties {
  readonly device?: string
  readonly person?: string
}

/**
 * What people have devices say in their name. A delegation lends the person's name, and what is named after the
 * person (`user.<id>.…`), within its scopes; it lends none of the person's grants.
 */
export class DeviceActs {
  readonly #changes: Changes
  readonly #bounds: Bounds
  readonly #requireParties: (parties: Required<ActParties>) => void
  readonly #withdrawn: (device: string) => void
  readonly #acts = new Rows<DeviceActRow>()
  /** Ids of those that were not revoked, by device and by person. */
  readonly #byDevice = new Map<string, Set<string>>()
  readonly #byPerson = new Map<string, Set<string>>()
  /** Ids of those that are of no use any more, oldest first. */
  readonly #ended = new Set<string>()
  readonly #epochs = new Epochs()

  /** `requireParties` throws for a device or person that does not exist; `withdrawn` is told of devices at once. */
  constructor(
    parts: {
      readonly changes: Changes
      readonly bounds: Bounds
      readonly requireParties: (parties: Required<ActParties>) => void
      readonly withdrawn: (device: string) => void
    },
    rows: readonly DeviceActRow[],
  ) {
    this.#changes = parts.changes
    this.#bounds = parts.bounds
    this.#requireParties = parts.requireParties
    this.#withdrawn = parts.withdrawn
    for (const row of rows.toSorted((a, b) => (a.revokedAt ?? 0) - (b.revokedAt ?? 0))) {
      this.#acts.put(row.id, row)
      this.#index(row)
    }
    this.#forgetOldest()
  }

  get(id: string): DeviceActRow | undefined {
    return this.#acts.get(id)
  }

  /** Those in force; with `includeEnded` also the last that are not any more. */
  list(parties: ActParties = {}, includeEnded = false): DeviceActRow[] {
    const now = this.#changes.clock.now()
    return [...this.#acts.values()].filter(
      (row) =>
        (includeEnded || isInForce(row, now)) &&
        (parties.device === undefined || row.device === parties.device) &&
        (parties.person === undefined || row.person === parties.person),
    )
  }

  /** The delegation by which the device may name the person to this URI now: the one that lasts longest. */
  reaching(device: string, person: string, uri: string, now: number): DeviceActRow | undefined {
    let best: DeviceActRow | undefined
    for (const id of this.#byDevice.get(device) ?? []) {
      const row = this.#acts.get(id)
      if (row?.person !== person || !isInForce(row, now)) continue
      if (!row.scopes.some((scope) => reaches(scope, uri))) continue
      if (best === undefined || row.expiresAt > best.expiresAt) best = row
    }
    return best
  }

  /** Moves when the device gets or loses a delegation. */
  epochOf(device: string): EpochCounter {
    return this.#epochs.of(device)
  }

  /**
   * Works once it is stored.
   * @param act `scopes`: URIs, each with all below it
   * @throws DomainError not_found, invalid_argument, invalid_state (bounds), unavailable
   */
  async create(act: {
    readonly device: string
    readonly person: string
    readonly scopes: readonly string[]
    readonly ttlMs: number
  }): Promise<DeviceActRow> {
    const { device, person, ttlMs } = act
    const { deviceActTtlMs } = this.#bounds
    if (!Number.isInteger(ttlMs) || ttlMs < 1 || ttlMs > deviceActTtlMs)
      throw invalid('ttlMs', ttlMs, `1 to ${deviceActTtlMs} milliseconds (deviceActTtlMs)`)
    const scopes = this.#checkScopes(act.scopes)
    this.#requireParties({ device, person })
    return this.#changes.give(`delegation to device ${device}`, async (commit) => {
      const createdAt = this.#changes.clock.now()
      this.#sweep(createdAt)
      this.#checkRoom(device, person)
      const expiresAt = createdAt + ttlMs
      const id = this.#freeId()
      const row = { id, device, person, scopes, createdAt, expiresAt, revokedAt: null }
      await commit([{ kind: 'deviceAct.put', row }])
      this.#acts.put(row.id, row)
      this.#index(row)
      this.#move(device)
      return row
    })
  }

  /** Works at once; resolves when it is stored. @throws DomainError not_found; unavailable when it holds in memory only */
  async revoke(id: string): Promise<DeviceActRow> {
    if (this.#acts.get(id) === undefined) throw missing('delegation', id)
    await this.#revoke([id], `revoking delegation ${id}`)
    const row = this.#acts.get(id)
    if (row === undefined) throw missing('delegation', id)
    return row
  }

  /**
   * Revokes all of a device or of a person at once; resolves with their ids when it is stored.
   * @param since only those made then or later, in milliseconds since the epoch
   * @throws DomainError unavailable when it holds in memory only
   */
  async revokeAllOf(parties: ActParties, since = 0): Promise<readonly string[]> {
    const ids = this.list(parties)
      .filter(({ createdAt }) => createdAt >= since)
      .map(({ id }) => id)
    if (ids.length > 0) await this.#revoke(ids, `revoking ${ids.length} delegations`)
    return ids
  }

  async #revoke(ids: readonly string[], name: string): Promise<void> {
    const order = this.#changes.next()
    const revokedAt = this.#changes.clock.now()
    for (const id of ids) {
      const known = this.#acts.get(id)
      if (known === undefined || this.#acts.stored(id)?.revokedAt !== null) continue
      const row = this.#acts.take(id, order, (stored) => ({ ...(stored ?? known), revokedAt }))
      this.#index(row)
      this.#move(row.device)
      this.#withdrawn(row.device)
    }
    await this.#changes.take(name, async (commit) => {
      const rows = ids.flatMap((id): DeviceActRow[] => {
        const stored = this.#acts.stored(id)
        return stored?.revokedAt === null ? [{ ...stored, revokedAt }] : []
      })
      if (rows.length > 0) await commit(rows.map((row) => ({ kind: 'deviceAct.put', row })))
      for (const row of rows) this.#acts.put(row.id, row)
      for (const id of ids) this.#acts.settle(id, order)
      this.#forgetOldest()
    })
  }

  #checkScopes(scopes: readonly string[]): readonly string[] {
    const max = this.#bounds.scopesPerDeviceAct
    if (scopes.length < 1 || scopes.length > max)
      throw invalid('scopes', scopes.length, `1 to ${max} URIs (scopesPerDeviceAct)`)
    return [...new Set(scopes.map((scope, i) => checkScope(`scopes[${i}]`, scope)))]
  }

  #checkRoom(device: string, person: string): void {
    const { deviceActs, deviceActsPerParty: max } = this.#bounds
    if (this.#acts.size - this.#ended.size >= deviceActs) throw full('deviceActs', deviceActs)
    if ((this.#byDevice.get(device)?.size ?? 0) >= max)
      throw full(`deviceActsPerParty of ${device}`, max)
    if ((this.#byPerson.get(person)?.size ?? 0) >= max)
      throw full(`deviceActsPerParty of ${person}`, max)
  }

  #index(row: DeviceActRow): void {
    for (const [index, party] of [
      [this.#byDevice, row.device],
      [this.#byPerson, row.person],
    ] as const) {
      const ids = index.get(party)
      if (row.revokedAt !== null) ids?.delete(row.id)
      else if (ids === undefined) index.set(party, new Set([row.id]))
      else ids.add(row.id)
      if (ids?.size === 0) index.delete(party)
    }
    if (row.revokedAt !== null) this.#ended.add(row.id)
  }

  /** Those whose time is over make room. */
  #sweep(now: number): void {
    for (const row of this.#acts.values()) {
      if (row.revokedAt !== null || row.expiresAt > now) continue
      this.#byDevice.get(row.device)?.delete(row.id)
      this.#byPerson.get(row.person)?.delete(row.id)
      this.#ended.add(row.id)
    }
    this.#forgetOldest()
  }

  /** They are history: memory keeps the last ones, the store keeps all. */
  #forgetOldest(): void {
    for (const id of this.#ended) {
      if (this.#ended.size <= this.#bounds.endedDeviceActs) return
      if (this.#acts.isTaken(id)) continue
      this.#ended.delete(id)
      this.#acts.delete(id)
    }
  }

  #freeId(): string {
    let id: string
    do id = `da_${randomName(12)}`
    while (this.#acts.get(id) !== undefined)
    return id
  }

  #move(device: string): void {
    this.#epochs.move(device)
    this.#changes.root.move()
  }
}

function isInForce(row: DeviceActRow, now: number): boolean {
  return row.revokedAt === null && row.expiresAt > now
}

/** At component boundaries: `user.friend` reaches `user.friend.pulse` and not `user.friendly.pulse`. */
function reaches(scope: string, uri: string): boolean {
  return uri === scope || uri.startsWith(`${scope}.`)
}

const longestScope = 256

/** `user.friend.` is the same as `user.friend`. Names of the protocol and the product are nobody's to lend. */
function checkScope(key: string, value: string): string {
  const scope = value.endsWith('.') ? value.slice(0, -1) : value
  const [first = ''] = scope.split('.')
  if (scope.length > longestScope || !/^\w+(\.\w+)*$/.test(scope))
    throw invalid(key, value, 'a URI of letters, digits, _ and dots')
  if (first === 'wamp' || first === 'latchkey')
    throw new DomainError('invalid_argument', `${key}: names under ${first} cannot be delegated`)
  return scope
}
