import { checkAttributes } from './announcement.ts'
import type { Bounds } from './bounds.ts'
import type { Changes, Commit } from './changes.ts'
import { ClaimAttempts, claimHash } from './claim-codes.ts'
import type { DeviceClasses } from './classes.ts'
import type { DeviceIndex } from './device-index.ts'
import { weakLevel } from './device-secret.ts'
import type { EcosystemDirectory } from './ecosystem-directory.ts'
import { DomainError, full, invalid, missing } from './errors.ts'
import { checkLevel, checkPrefix, maxIdLength, randomName } from './names.ts'
import type { Provisioning } from './provisioning.ts'
import type { DeviceRow, ProvisioningCodeRow } from './store/store.ts'
import { isWeakKey } from './weak-keys.ts'

/** A device that wants to come in by a provisioning code, with a key made on board or, where it cannot, a secret. */
export interface Application {
  readonly code: string
  /** Ed25519, 32 bytes in lower-case hex. Either this or `secret`. */
  readonly publicKey?: string
  readonly secret?: NonNullable<DeviceRow['secret']>
  readonly attributes?: Readonly<Record<string, unknown>>
  /** By what its owner is to claim it, where the code names no ecosystem. Without one nobody can. */
  readonly claimCode?: string
}

/** What an owner makes of a device that nobody owned. */
export interface Claim {
  readonly claimCode: string
  readonly ecosystem: string
  /** Default: the one it was made as. */
  readonly class?: string
  /** The best level it is to have, whatever it is granted. Default: what its proof is good for. */
  readonly level?: number
  /** Default: the class's with the next free number. */
  readonly prefix?: string
  /** The person who claims it; `null`: the operator. */
  readonly owner: string | null
  /** Who types the code, as `kind:id`: his wrong ones are counted. */
  readonly by: string
}

/** A thing that cannot speak for itself, behind a device that does. */
export interface ChildOrder {
  readonly gateway: string
  readonly class: string
  readonly prefix?: string
  /** Never better than the gateway's. Default: that. */
  readonly level?: number
  readonly attributes?: Readonly<Record<string, unknown>>
  readonly owner: string | null
}

/** How devices come: with a code, by a claim, behind a gateway. Each is one commit. */
export class Enrolment {
  readonly #changes: Changes
  readonly #bounds: Bounds
  readonly #classes: DeviceClasses
  readonly #directory: EcosystemDirectory
  readonly #provisioning: Provisioning
  readonly #index: DeviceIndex
  readonly #attempts: ClaimAttempts

  constructor(parts: {
    readonly changes: Changes
    readonly bounds: Bounds
    readonly classes: DeviceClasses
    readonly directory: EcosystemDirectory
    readonly provisioning: Provisioning
    readonly index: DeviceIndex
  }) {
    this.#changes = parts.changes
    this.#bounds = parts.bounds
    this.#classes = parts.classes
    this.#directory = parts.directory
    this.#provisioning = parts.provisioning
    this.#index = parts.index
    this.#attempts = new ClaimAttempts(parts.bounds, parts.changes.clock)
  }

  /** Of two that come with one code, one gets in. Errors: see `Devices.enrol`. */
  async enrol(application: Application): Promise<DeviceRow> {
    const { code, secret = null, claimCode } = application
    const publicKey =
      application.publicKey === undefined ? null : checkPublicKey(application.publicKey)
    if ((publicKey === null) === (secret === null))
      throw invalid('publicKey', publicKey, 'a key or a secret, and not both')
    const attributes = checkAttributes(this.#bounds, application.attributes ?? {})
    this.#provisioning.require(code)
    const made = { publicKey, secret, attributes, claim: claimCode }
    return this.#changes.give(
      'device.enrol',
      (commit) => this.#enrol(commit, code, made),
      'outside',
    )
  }

  /** Errors: see `Devices.claim`. */
  async claim(claim: Claim): Promise<DeviceRow> {
    const known = this.#tried(claim)
    const { realm } = this.#directory.require(claim.ecosystem)
    if (realm !== known.realm) throw new DomainError('not_found', 'there is no such claim code')
    const kind = claim.class ?? known.class
    if (this.#classes.get(kind) === undefined) throw missing('class', kind)
    const wished = claim.prefix === undefined ? undefined : checkPrefix('prefix', claim.prefix)
    const level = claim.level === undefined ? known.maxLevel : checkLevel('level', claim.level)
    return this.#changes.give(`claim of device ${known.id}`, async (commit) => {
      const stored = this.#claimable(claim.claimCode)
      const prefix = wished ?? this.#freePrefix(realm, kind)
      this.#checkFree(realm, prefix)
      const row: DeviceRow = {
        ...stored,
        class: kind,
        prefix,
        status: 'active',
        owner: claim.owner,
        // A secret is no better for being claimed.
        maxLevel: Math.max(level, stored.secret === null ? 1 : 2),
        ecosystems: [claim.ecosystem],
        announced: [],
      }
      await commit([{ kind: 'device.put', row }])
      const claimed = this.#index.put(row)
      this.#index.move(row.id)
      return claimed
    })
  }

  /** Errors: see `Devices.addChild`. */
  async addChild(order: ChildOrder): Promise<DeviceRow> {
    const attributes = checkAttributes(this.#bounds, order.attributes ?? {})
    const gateway = this.#index.require(order.gateway)
    if (this.#classes.get(order.class) === undefined) throw missing('class', order.class)
    const wished = order.prefix === undefined ? undefined : checkPrefix('prefix', order.prefix)
    const level = order.level === undefined ? 1 : checkLevel('level', order.level)
    return this.#changes.give(`a child of device ${gateway.id}`, async (commit) => {
      const { status, gateway: above, realm, maxLevel, ecosystems } = this.#index.stored(gateway.id)
      if (status !== 'active' || above !== null)
        throw new DomainError('invalid_state', `device ${gateway.id} cannot speak for others`)
      const max = this.#bounds.childrenPerGateway
      if (this.#index.childrenOf(gateway.id).length >= max)
        throw full(`childrenPerGateway of ${gateway.id}`, max)
      this.#checkRoom()
      const prefix = wished ?? this.#freePrefix(realm, order.class)
      this.#checkFree(realm, prefix)
      const row: DeviceRow = {
        ...nobodys,
        id: this.#freeId(prefix),
        realm,
        class: order.class,
        prefix,
        status: 'active',
        owner: order.owner,
        gateway: gateway.id,
        maxLevel: Math.max(level, maxLevel),
        ecosystems,
        attributes,
        createdAt: this.#changes.clock.now(),
      }
      await commit([{ kind: 'device.put', row }])
      this.#index.come(row)
      return row
    })
  }

  async #enrol(
    commit: Commit,
    secret: string,
    made: Pick<DeviceRow, 'publicKey' | 'secret' | 'attributes'> & {
      readonly claim: string | undefined
    },
  ): Promise<DeviceRow> {
    const code = this.#provisioning.require(secret)
    const { publicKey, claim } = made
    if (publicKey !== null && this.#index.byPublicKey(publicKey) !== undefined)
      throw new DomainError('conflict', 'publicKey: it belongs to a device already')
    this.#checkRoom()
    const isOwned = code.ecosystems.length > 0
    const names = isOwned ? this.#namesFor(code) : this.#namesOfNobody(code)
    const hash = isOwned || claim === undefined ? null : claimHash(claim)
    if (hash !== null && this.#index.byClaim(hash) !== undefined)
      throw new DomainError('conflict', 'claimCode: another device has it')
    const at = this.#changes.clock.now()
    const row: DeviceRow = {
      ...names,
      realm: code.realm,
      class: code.class,
      publicKey,
      secret: made.secret,
      status: isOwned ? 'active' : 'new',
      owner: isOwned ? personIn(code.createdBy) : null,
      claim: hash,
      gateway: null,
      maxLevel: publicKey === null ? weakLevel : 1,
      ecosystems: code.ecosystems,
      attributes: made.attributes,
      announced: [],
      createdAt: at,
    }
    await commit([
      { kind: 'code.redeem', hash: code.hash, device: row.id, at },
      { kind: 'device.put', row },
    ])
    this.#provisioning.redeem(code.hash)
    this.#index.come(row)
    return row
  }

  #tried({ claimCode, by }: Claim): DeviceRow {
    this.#attempts.check(by)
    try {
      return this.#claimable(claimCode)
    } catch (error) {
      if (error instanceof DomainError && error.code === 'not_found') this.#attempts.failed(by)
      throw error
    }
  }

  #claimable(code: string): DeviceRow {
    const row = this.#index.byClaim(claimHash(code))
    if (row === undefined) throw new DomainError('not_found', 'there is no such claim code')
    if (this.#index.stored(row.id).status === 'new' && row.status === 'new') return row
    if (row.ecosystems.length > 0)
      throw new DomainError('conflict', 'claim_code: the device has an owner already')
    throw new DomainError('invalid_state', `the device is ${row.status}`)
  }

  #namesFor(code: ProvisioningCodeRow): Pick<DeviceRow, 'id' | 'prefix'> {
    const prefix = code.prefix ?? this.#freePrefix(code.realm, code.class)
    this.#checkFree(code.realm, prefix)
    return { id: this.#freeId(prefix), prefix }
  }

  /** Until somebody says what it is called in a house it is called by something that nobody else wants to have. */
  #namesOfNobody(code: ProvisioningCodeRow): Pick<DeviceRow, 'id' | 'prefix'> {
    const base = this.#baseOf(code.class)
      .replaceAll('.', '_')
      .slice(0, maxIdLength - 9)
    for (;;) {
      const id = `${base}_${randomName(8)}`
      if (this.#index.get(id) === undefined && !this.#index.isTaken(code.realm, id))
        return { id, prefix: id }
    }
  }

  /** The class's prefix with the lowest number that no device has and no code promises. */
  #freePrefix(realm: string, kind: string): string {
    const base = this.#baseOf(kind)
    for (let number = 1; number <= this.#bounds.devices; number++) {
      const prefix = `${base}${number}`
      if (this.#index.isTaken(realm, prefix)) continue
      if (!this.#provisioning.promises(realm, prefix)) return prefix
    }
    throw full(`numbers of ${base}`, this.#bounds.devices)
  }

  #baseOf(kind: string): string {
    return this.#classes.get(kind)?.prefix ?? kind
  }

  /** The prefix as one word; where a device has that already, here or elsewhere, with something random behind it. */
  #freeId(prefix: string): string {
    const word = prefix.replaceAll('.', '_')
    const isFree = (id: string): boolean =>
      id.length <= maxIdLength && this.#index.get(id) === undefined
    let id = word
    while (!isFree(id)) id = `${word.slice(0, maxIdLength - 7)}_${randomName(6)}`
    return id
  }

  #checkFree(realm: string, prefix: string): void {
    if (this.#index.isTaken(realm, prefix))
      throw new DomainError('conflict', `prefix: ${prefix} overlaps with another device's`)
  }

  #checkRoom(): void {
    if (this.#index.size >= this.#bounds.devices) throw full('devices', this.#bounds.devices)
  }
}

/** What only some devices have. */
const nobodys = { publicKey: null, secret: null, claim: null, announced: [] } as const

/** Whoever made the code has the device. */
function personIn(createdBy: string): string | null {
  return createdBy.startsWith('person:') ? createdBy.slice('person:'.length) : null
}

function checkPublicKey(value: unknown): string {
  if (typeof value !== 'string' || !/^[0-9a-f]{64}$/.test(value))
    throw invalid('publicKey', value, '32 bytes in lower-case hex')
  if (isWeakKey(Buffer.from(value, 'hex')))
    throw invalid('publicKey', value, 'a key of full order: for this one anybody could sign')
  return value
}
