import type { Bounds } from './bounds.ts'
import type { Changes, Commit } from './changes.ts'
import { DomainError, full, invalid, missing, RateLimited } from './errors.ts'
import type { Falls } from './falls.ts'
import { checkLevel, checkText, randomName } from './names.ts'
import { hashPin, isPin, PinAttempts } from './pins.ts'
import { Rows } from './rows.ts'
import type { LocalIdentityRow } from './store/store.ts'
import { isWeakKey } from './weak-keys.ts'

/** By what somebody is to be known when the provider cannot be reached. */
export interface NewLocalIdentity {
  readonly person: string
  readonly ecosystem: string
  /** An Ed25519 key (32 bytes in lower-case hex), or a PIN at one lock. */
  readonly means: { readonly publicKey: string } | { readonly pin: string; readonly device: string }
  readonly maxLevel: number
  /** `idp_down`: counts only while none of the person's providers can be reached. */
  readonly mode: LocalIdentityRow['mode']
  /** Who gives it, as `kind:id`. */
  readonly by: string
  /** Whether he may still, when it is his turn. Absent: he may. */
  readonly stands?: () => boolean
}

/** Whether somebody may come by a local identity now. */
export type LocalUse =
  | { readonly allowed: true; readonly fallback: boolean }
  | { readonly allowed: false; readonly reason: string }

/**
 * Keys and PINs by which people are known to the house itself, for the time when no provider can be asked. They stand
 * on the identities that their person has: whoever is disabled there is disabled here.
 */
export class LocalIdentities {
  readonly #parts: LocalIdentitiesParts
  readonly #rows = new Rows<LocalIdentityRow>()
  readonly #idsByKey = new Map<string, string>()
  readonly #idsByDevice = new Map<string, Set<string>>()
  readonly #attempts: PinAttempts
  /** Locks for which a PIN is being made. */
  readonly #hashing = new Set<string>()

  constructor(parts: LocalIdentitiesParts, rows: readonly LocalIdentityRow[]) {
    this.#parts = parts
    this.#attempts = new PinAttempts(parts.changes.clock, parts.bounds)
    for (const row of rows) this.#put(row)
  }

  get(id: string): LocalIdentityRow | undefined {
    return this.#rows.get(id)
  }

  /** Revoked ones too. */
  list(): LocalIdentityRow[] {
    return [...this.#rows.values()]
  }

  /** @param publicKey in lower-case hex */
  byPublicKey(publicKey: string): LocalIdentityRow | undefined {
    const id = this.#idsByKey.get(publicKey)
    return id === undefined ? undefined : this.#rows.get(id)
  }

  /** Providers on whose being reachable some of them depend. */
  get issuers(): ReadonlySet<string> {
    const issuers = new Set<string>()
    for (const { status, person } of this.#rows.values())
      if (status === 'active')
        for (const issuer of this.#parts.issuersOf(person)) issuers.add(issuer)
    return issuers
  }

  /** Whether its person may come by it now. `isUnreachable`: whether a provider is known not to answer. */
  use(row: LocalIdentityRow, isUnreachable: (issuer: string) => boolean): LocalUse {
    if (row.status !== 'active') return { allowed: false, reason: 'local_identity_revoked' }
    const bar = this.#parts.barred(row.person)
    if (bar !== undefined) return { allowed: false, reason: bar }
    const issuers = this.#parts.issuersOf(row.person)
    const fallback = issuers.length > 0 && issuers.every(isUnreachable)
    if (!fallback && row.mode === 'idp_down')
      return { allowed: false, reason: 'provider_can_be_reached' }
    return { allowed: true, fallback }
  }

  /**
   * Works once it is stored.
   * @throws DomainError not_found for an unknown person, ecosystem or device; conflict for a key that is somebody's;
   * invalid_argument; invalid_state (a bound); unavailable; RateLimited while another PIN of the lock is made
   */
  async create(made: NewLocalIdentity): Promise<LocalIdentityRow> {
    const { changes, require } = this.#parts
    const { person, ecosystem, means, mode } = made
    const maxLevel = checkLevel('maxLevel', made.maxLevel)
    const createdBy = checkText('by', made.by)
    const device = 'device' in means ? means.device : null
    require({ person, ecosystem, device })
    if ('publicKey' in means) this.#checkKey(means.publicKey)
    else if (!/^\d{4,12}$/.test(means.pin))
      throw new DomainError('invalid_argument', 'pin: allowed is 4 to 12 digits')
    this.#checkRoom(person, device)
    const pin = 'pin' in means ? await this.#hashed(means) : null
    return changes.give('local.create', async (commit) => {
      if (made.stands?.() === false)
        throw new DomainError('invalid_state', 'the account that gives it was shut out meanwhile')
      this.#checkRoom(person, device)
      if ('publicKey' in means) this.#checkKey(means.publicKey)
      const row: LocalIdentityRow = {
        id: `li_${randomName(12)}`,
        person,
        ecosystem,
        kind: 'publicKey' in means ? 'key' : 'pin',
        publicKey: 'publicKey' in means ? means.publicKey : null,
        pin,
        device,
        maxLevel,
        mode,
        status: 'active',
        createdBy,
        createdAt: changes.clock.now(),
      }
      await commit([{ kind: 'localIdentity.put', row }])
      this.#put(row)
      this.#moved(row)
      return row
    })
  }

  /** Nobody comes by it any more, and the sessions of those who did end. At once; resolves when it is stored. */
  async revoke(id: string): Promise<LocalIdentityRow> {
    const { changes, falls } = this.#parts
    if (this.#rows.get(id) === undefined) throw missing('local identity', id)
    const order = changes.next()
    const taken = this.#rows.take(id, order, (stored) => ({ ...known(stored), status: 'revoked' }))
    this.#moved(taken)
    falls.tell({ kind: 'local', id, reason: 'revoked' })
    return changes.take(`revoking the local identity ${id}`, (commit) =>
      this.#store(commit, id, order),
    )
  }

  /**
   * Whose PIN this is at a lock. The same answer, and as much work, for one that is wrong and for somebody who has none.
   * @param person only his; absent: whoever has one there, each in turn
   * @throws RateLimited while too many wrong ones are to be forgotten
   */
  verify(device: string, pin: string, person?: string): Promise<LocalIdentityRow | undefined> {
    return this.#attempts.attempt(device, async () => {
      const rows = Array.from(this.#idsByDevice.get(device) ?? [])
        .flatMap((id) => this.#rows.get(id) ?? [])
        .filter((row) => row.status === 'active' && (person === undefined || row.person === person))
      if (rows.length === 0) await isPin(pin, undefined)
      let found: LocalIdentityRow | undefined
      for (const row of rows) if (await isPin(pin, row.pin ?? undefined)) found ??= row
      return found
    })
  }

  /** One at a time for each lock: hashing is work on purpose. @throws RateLimited */
  async #hashed({
    pin,
    device,
  }: {
    readonly pin: string
    readonly device: string
  }): Promise<string> {
    if (this.#hashing.has(device)) throw new RateLimited('one PIN at a time', 1_000)
    this.#hashing.add(device)
    try {
      return await hashPin(pin)
    } finally {
      this.#hashing.delete(device)
    }
  }

  #checkKey(publicKey: string): void {
    if (!/^[0-9a-f]{64}$/.test(publicKey) || isWeakKey(Buffer.from(publicKey, 'hex')))
      throw invalid('key', publicKey, 'an Ed25519 key as 64 hex digits')
    if (this.#idsByKey.has(publicKey) || this.#parts.isDeviceKey(publicKey))
      throw new DomainError('conflict', 'key: it is somebody’s already')
  }

  #checkRoom(person: string, device: string | null): void {
    const { localIdentities, localIdentitiesPerPerson, pinsPerDevice } = this.#parts.bounds
    if (this.#rows.size >= localIdentities) throw full('localIdentities', localIdentities)
    const active = [...this.#rows.values()].filter(({ status }) => status === 'active')
    if (active.filter((row) => row.person === person).length >= localIdentitiesPerPerson)
      throw full(`localIdentitiesPerPerson of ${person}`, localIdentitiesPerPerson)
    if (device !== null && active.filter((row) => row.device === device).length >= pinsPerDevice)
      throw full(`pinsPerDevice of ${device}`, pinsPerDevice)
  }

  async #store(commit: Commit, id: string, order: number): Promise<LocalIdentityRow> {
    const row: LocalIdentityRow = { ...known(this.#rows.stored(id)), status: 'revoked' }
    await commit([{ kind: 'localIdentity.put', row }])
    this.#rows.put(id, row)
    this.#rows.settle(id, order)
    return row
  }

  #put(row: LocalIdentityRow): void {
    this.#rows.put(row.id, row)
    if (row.publicKey !== null) this.#idsByKey.set(row.publicKey, row.id)
    if (row.device === null) return
    const ids = this.#idsByDevice.get(row.device)
    if (ids === undefined) this.#idsByDevice.set(row.device, new Set([row.id]))
    else ids.add(row.id)
  }

  #moved({ person }: LocalIdentityRow): void {
    this.#parts.moved(person)
    this.#parts.changed()
  }
}

/** What local identities need to know of others. */
export interface LocalIdentitiesParts {
  readonly changes: Changes
  readonly falls: Falls
  readonly bounds: Bounds
  /** Throws for what does not exist, and for a device that is not in the ecosystem. */
  readonly require: (of: {
    readonly person: string
    readonly ecosystem: string
    readonly device: string | null
  }) => void
  /** Why the person may not come by anything, if so. */
  readonly barred: (person: string) => string | undefined
  /** The providers by which the person can come otherwise. */
  readonly issuersOf: (person: string) => readonly string[]
  readonly isDeviceKey: (publicKey: string) => boolean
  /** Told whose standing moves. */
  readonly moved: (person: string) => void
  /** Told when there are others than before. */
  readonly changed: () => void
}

/** A row that was there still is. */
function known(row: LocalIdentityRow | undefined): LocalIdentityRow {
  if (row === undefined) throw new Error('a local identity has vanished from memory')
  return row
}
