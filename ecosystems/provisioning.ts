import { createHash } from 'node:crypto'
import type { Bounds } from './bounds.ts'
import type { Changes } from './changes.ts'
import type { DeviceClasses } from './classes.ts'
import type { EcosystemDirectory } from './ecosystem-directory.ts'
import { DomainError, full, invalid, missing } from './errors.ts'
import { checkPrefix, checkRealm, checkText, randomName } from './names.ts'
import type { ProvisioningCodeRow } from './store/store.ts'

const defaultTtlMs = 24 * 3_600_000
/** 32 characters of five bits: 160 bits, which nobody guesses. */
const codeCharacters = 32

/** For which devices codes are wanted. */
export interface ProvisioningOrder {
  readonly realm: string
  /** None: the devices belong to nobody until somebody claims them. */
  readonly ecosystems: readonly string[]
  readonly class: string
  readonly count: number
  /** The prefix that the one device is to own; absent: the class's with the lowest free number. */
  readonly prefix?: string
  /** How long the codes are good for, in milliseconds. Default: 24 hours. */
  readonly ttlMs?: number
  /** Who orders them, as `kind:id`. */
  readonly by: string
}

/** Single-use codes by which devices join for the first time. Only their SHA-256 is kept. */
export class Provisioning {
  readonly #changes: Changes
  readonly #bounds: Bounds
  readonly #classes: DeviceClasses
  readonly #directory: EcosystemDirectory
  readonly #isTaken: (realm: string, prefix: string) => boolean
  readonly #owns: (by: string, ecosystem: string) => boolean
  readonly #redeemable = new Map<string, ProvisioningCodeRow>()
  /** Ended before their time, of which the store does not know yet. */
  readonly #ending = new Map<string, ProvisioningCodeRow>()
  /** Hashes of used codes: never more than there are devices. */
  readonly #redeemed = new Set<string>()

  /**
   * `isTaken` tells whether a device cannot get a prefix, as another has it; `owns`, whether whoever ordered codes may
   * do everything in an ecosystem still.
   */
  constructor(
    parts: {
      readonly changes: Changes
      readonly bounds: Bounds
      readonly classes: DeviceClasses
      readonly directory: EcosystemDirectory
      readonly isTaken: (realm: string, prefix: string) => boolean
      readonly owns: (by: string, ecosystem: string) => boolean
    },
    rows: readonly ProvisioningCodeRow[],
  ) {
    this.#changes = parts.changes
    this.#bounds = parts.bounds
    this.#classes = parts.classes
    this.#directory = parts.directory
    this.#isTaken = parts.isTaken
    this.#owns = parts.owns
    for (const row of rows)
      if (row.redeemedAt === null) this.#redeemable.set(row.hash, row)
      else this.#redeemed.add(row.hash)
    this.#forgetExpired()
  }

  /**
   * Makes codes. They are returned here and nowhere else, ever.
   * @throws DomainError not_found (ecosystem, class), conflict (prefix), invalid_argument, invalid_state (too many), unavailable
   */
  async create(order: ProvisioningOrder): Promise<string[]> {
    const row = this.#check(order)
    return this.#changes.give('provisioning.create', async (commit) => {
      this.#forgetExpired()
      const max = this.#bounds.unredeemedCodes
      if (this.#redeemable.size + order.count > max) throw full('unredeemedCodes', max)
      if (row.prefix !== null && this.#isTaken(row.realm, row.prefix))
        throw new DomainError('conflict', `prefix: ${row.prefix} overlaps with another device's`)
      const codes = Array.from({ length: order.count }, () => `lk_${randomName(codeCharacters)}`)
      const rows = codes.map((code): ProvisioningCodeRow => ({ ...row, hash: hashOf(code) }))
      await commit(rows.map((each) => ({ kind: 'code.put', row: each })))
      for (const each of rows) this.#redeemable.set(each.hash, each)
      this.#changes.root.move()
      return codes
    })
  }

  /**
   * What a code is good for: `undefined` unless it is known, not redeemed and not expired. It lets in only where whoever
   * ordered it could do so still: whose right has ended leaves no devices of his in the house.
   */
  check(code: string): ProvisioningCodeRow | undefined {
    const row = this.#redeemable.get(hashOf(code))
    if (row === undefined || row.expiresAt <= this.#changes.clock.now()) return undefined
    const ecosystems = row.ecosystems.filter(
      (id) => this.#directory.get(id) !== undefined && this.#owns(row.createdBy, id),
    )
    if (ecosystems.length === row.ecosystems.length) return row
    return ecosystems.length === 0 ? undefined : { ...row, ecosystems }
  }

  /** @throws DomainError conflict for a used code, not_found for any other that is not good */
  require(code: string): ProvisioningCodeRow {
    const row = this.check(code)
    if (row !== undefined) return row
    if (this.#redeemed.has(hashOf(code)))
      throw new DomainError('conflict', 'code: it has been used already')
    throw new DomainError(
      'not_found',
      'code: it is unknown or has expired, or nobody has a right to it any more',
    )
  }

  /**
   * What somebody ordered from a moment on lets nobody in any more. Resolves when that is stored.
   * @throws DomainError unavailable when it holds in memory only
   */
  async endOf(by: string, since: number): Promise<void> {
    const isMeant = ({ createdBy, createdAt }: ProvisioningCodeRow): boolean =>
      createdBy === by && createdAt >= since
    for (const row of [...this.#redeemable.values()].filter(isMeant)) {
      this.#redeemable.delete(row.hash)
      this.#ending.set(row.hash, row)
    }
    // With those of before that the store did not take: a restart would bring them back.
    const ended = [...this.#ending.values()].filter(isMeant)
    if (ended.length === 0) return
    const expiresAt = this.#changes.clock.now()
    await this.#changes.take(`ending ${ended.length} codes of ${by}`, async (commit) => {
      await commit(
        ended
          .filter(({ hash }) => !this.#redeemed.has(hash))
          .map((row) => ({ kind: 'code.put', row: { ...row, expiresAt } })),
      )
      for (const { hash } of ended) this.#ending.delete(hash)
    })
  }

  /** The store knows that the code is used. */
  redeem(hash: string): void {
    this.#redeemable.delete(hash)
    this.#redeemed.add(hash)
  }

  /** Whether a code that is still good promises this very prefix to its device. */
  promises(realm: string, prefix: string): boolean {
    const now = this.#changes.clock.now()
    for (const row of this.#redeemable.values())
      if (row.prefix === prefix && row.realm === realm && row.expiresAt > now) return true
    return false
  }

  #check(order: ProvisioningOrder): ProvisioningCodeRow {
    const { codesPerCall, codeTtlMs, ecosystemsPerDevice } = this.#bounds
    const { count, ttlMs = defaultTtlMs } = order
    const realm = checkRealm('realm', order.realm)
    const createdBy = checkText('by', order.by)
    if (!Number.isInteger(count) || count < 1 || count > codesPerCall)
      throw invalid('count', count, `1 to ${codesPerCall} (codesPerCall)`)
    if (!Number.isInteger(ttlMs) || ttlMs < 1 || ttlMs > codeTtlMs)
      throw invalid('ttlMs', ttlMs, `1 to ${codeTtlMs} milliseconds (codeTtlMs)`)
    const ecosystems = [...new Set(order.ecosystems)]
    if (ecosystems.length > ecosystemsPerDevice)
      throw invalid('ecosystems', ecosystems.length, `at most ${ecosystemsPerDevice}`)
    for (const id of ecosystems)
      if (this.#directory.require(id).realm !== realm)
        throw invalid('ecosystems', id, `an ecosystem of realm ${realm}`)
    if (this.#classes.get(order.class) === undefined) throw missing('class', order.class)
    const prefix = order.prefix === undefined ? null : checkPrefix('prefix', order.prefix)
    if (prefix !== null && count > 1)
      throw invalid('count', count, '1, as only one device can own the prefix')
    if (prefix !== null && ecosystems.length === 0)
      throw invalid('prefix', prefix, 'none: whoever claims the device says what it is called')
    const createdAt = this.#changes.clock.now()
    return {
      hash: '',
      realm,
      ecosystems,
      class: order.class,
      prefix,
      createdBy,
      createdAt,
      expiresAt: createdAt + ttlMs,
      redeemedAt: null,
      device: null,
    }
  }

  #forgetExpired(): void {
    const now = this.#changes.clock.now()
    for (const [hash, row] of this.#redeemable)
      if (row.expiresAt <= now) this.#redeemable.delete(hash)
  }
}

function hashOf(code: string): string {
  return createHash('sha256').update(code).digest('hex')
}
