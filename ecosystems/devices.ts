import {
  checkAttributes,
  checkCapabilities,
  isAnnounced,
  type Announcement,
} from './announcement.ts'
import { Announcements, type Announced } from './announcements.ts'
import type { Bounds } from './bounds.ts'
import type { Changes, Commit } from './changes.ts'
import { claimHash } from './claim-codes.ts'
import type { DeviceClasses } from './classes.ts'
import type { DeviceActs } from './device-acts.ts'
import { DeviceIndex } from './device-index.ts'
import { DeviceTerms, type DeviceCapability, type LevelOrder } from './device-terms.ts'
import type { Requirement } from './device-terms.ts'
import type { EcosystemDirectory } from './ecosystem-directory.ts'
import { Enrolment, type Application, type ChildOrder, type Claim } from './enrolment.ts'
import type { EpochCounter } from './epochs.ts'
import { DomainError, full, invalid } from './errors.ts'
import type { Falls } from './falls.ts'
import { checkText } from './names.ts'
import type { Provisioning } from './provisioning.ts'
import type { CapabilityAction, CapabilityRow, DeviceRow } from './store/store.ts'

export type { DeviceCapability, LevelOrder, Requirement } from './device-terms.ts'

/** What others may want to hear of a device: it said something new of itself, or got an owner. */
export interface DeviceChange {
  readonly kind: 'announced' | 'claimed'
  readonly device: DeviceRow
}

/** The devices, what each owns, and what may be done with it at which level. */
export class Devices {
  readonly #changes: Changes
  readonly #falls: Falls
  readonly #bounds: Bounds
  readonly #directory: EcosystemDirectory
  readonly #acts: DeviceActs
  readonly #narrowed: (ecosystem: string) => void
  readonly #index: DeviceIndex
  readonly #terms: DeviceTerms
  readonly #enrolment: Enrolment
  readonly #announcements = new Announcements((id, said) => this.#announce(id, said))
  readonly #listeners = new Set<(change: DeviceChange) => void>()

  constructor(
    parts: {
      readonly changes: Changes
      readonly falls: Falls
      readonly bounds: Bounds
      readonly classes: DeviceClasses
      readonly directory: EcosystemDirectory
      readonly provisioning: Provisioning
      readonly acts: DeviceActs
      /** Told of an ecosystem in which less may be open now. */
      readonly narrowed: (ecosystem: string) => void
    },
    rows: {
      readonly devices: readonly DeviceRow[]
      readonly capabilities: readonly CapabilityRow[]
    },
  ) {
    this.#changes = parts.changes
    this.#falls = parts.falls
    this.#bounds = parts.bounds
    this.#directory = parts.directory
    this.#acts = parts.acts
    this.#narrowed = parts.narrowed
    this.#index = new DeviceIndex(parts.changes.root, rows.devices)
    const index = this.#index
    this.#terms = new DeviceTerms({ ...parts, index }, rows.capabilities)
    this.#enrolment = new Enrolment({ ...parts, index })
  }

  get(id: string): DeviceRow | undefined {
    return this.#index.get(id)
  }

  /** All, or those of one realm. */
  list(realm?: string): DeviceRow[] {
    return this.#index.list(realm)
  }

  /** @param hex the Ed25519 key, 32 bytes in lower-case hex */
  byPublicKey(hex: string): DeviceRow | undefined {
    return this.#index.byPublicKey(hex)
  }

  /** The things that speak by this device. */
  childrenOf(gateway: string): DeviceRow[] {
    return this.#index.childrenOf(gateway)
  }

  /** The device under whose prefix the URI (or the fixed beginning of a pattern) lies. */
  owning(realm: string, uri: string): DeviceRow | undefined {
    return this.#index.owning(realm, uri)
  }

  /** Whether no new device can have this prefix. What there is in other realms plays no part. */
  isTaken(realm: string, prefix: string): boolean {
    return this.#index.isTaken(realm, prefix)
  }

  /** The best level that the device can have, whatever it is granted: a child never has a better one than its gateway. */
  capOf(id: string): number {
    const row = this.#index.get(id)
    if (row === undefined) return Infinity
    if (row.gateway === null) return row.maxLevel
    return Math.max(row.maxLevel, this.#index.get(row.gateway)?.maxLevel ?? Infinity)
  }

  /** Moves when anything about the device changes that a decision rests on; for an unknown one when one comes. */
  epochOf(id: string): EpochCounter {
    return this.#index.epochOf(id)
  }

  /** Moves when a name of the realm gets another owner: answers about URIs without an owner rest on it. */
  epochOfRealm(realm: string): EpochCounter {
    return this.#index.epochOfRealm(realm)
  }

  /** Tells of changes once they are stored. Listeners must not throw. Returns how to stop listening. */
  onChanged(listener: (change: DeviceChange) => void): () => void {
    this.#listeners.add(listener)
    return () => {
      this.#listeners.delete(listener)
    }
  }

  /** The levels that the device's ecosystems ask for; none: denied to all. */
  requirements(device: DeviceRow, action: CapabilityAction, uri: string): readonly Requirement[] {
    return this.#terms.requirements(device, action, uri)
  }

  /** The URIs, and patterns as URIs, for which the class or the owner names a level. */
  named(device: DeviceRow, action: CapabilityAction): ReadonlySet<string> {
    return this.#terms.named(device, action)
  }

  /** What the class, the owner and the device itself name. */
  capabilitiesOf(device: DeviceRow): readonly DeviceCapability[] {
    return this.#terms.capabilitiesOf(device)
  }

  /**
   * Makes a device of a code and the public half of the key it made on board, or a secret. Code and device are one
   * commit: of two that come with one code, one gets it. Where the code names no ecosystem the device is `new`.
   * @throws DomainError not_found (code), conflict (code used, key known, prefix taken), invalid_argument, invalid_state, unavailable
   */
  enrol(application: Application): Promise<DeviceRow> {
    return this.#enrolment.enrol(application)
  }

  /** Whether this is or was the claim code of a device. For whoever counts wrong ones. */
  hasClaim(code: string): boolean {
    return this.#index.byClaim(claimHash(code)) !== undefined
  }

  /**
   * Gives a `new` device an owner, a place and a name. Its sessions go on, and may do from now on what they may.
   * @throws DomainError not_found (code, ecosystem, class), conflict (claimed already, prefix taken), invalid_argument, invalid_state, unavailable;
   * RateLimited after too many wrong codes of one caller
   */
  async claim(claim: Claim): Promise<DeviceRow> {
    const device = await this.#enrolment.claim(claim)
    this.#tell({ kind: 'claimed', device })
    return device
  }

  /**
   * Gives a device that nobody owns another claim code: what it showed before is good for nothing then.
   * @throws DomainError not_found, invalid_state, conflict, unavailable
   */
  async renewClaim(id: string, code: string): Promise<void> {
    this.#index.require(id)
    await this.#changes.give(
      `claim code of device ${id}`,
      async (commit) => {
        const stored = this.#index.stored(id)
        if (stored.status !== 'new')
          throw new DomainError('invalid_state', 'the device has an owner')
        const claim = claimHash(code)
        if ((this.#index.byClaim(claim)?.id ?? id) !== id)
          throw new DomainError('conflict', 'claimCode: another device has it')
        await this.#put(commit, { ...stored, claim })
      },
      'outside',
    )
  }

  /**
   * Makes a device that has no proof of its own, and speaks by a gateway: that alone registers and publishes what is
   * the child's, and acts in its name.
   * @throws DomainError not_found, conflict, invalid_argument, invalid_state, unavailable
   */
  addChild(order: ChildOrder): Promise<DeviceRow> {
    return this.#enrolment.addChild(order)
  }

  /**
   * Keeps what a device says of itself; what it leaves out stays. It gives nobody any right: levels come from the
   * class or the owner. What it makes stricter holds once it is stored.
   * @throws DomainError not_found, invalid_argument, unavailable
   */
  async announce(id: string, announcement: Partial<Announcement>): Promise<Announced> {
    const { prefix } = this.#index.require(id)
    const { attributes, capabilities } = announcement
    const announced = await this.#announcements.add(id, {
      ...(attributes !== undefined && { attributes: checkAttributes(this.#bounds, attributes) }),
      ...(capabilities !== undefined && {
        capabilities: checkCapabilities(this.#bounds, prefix, capabilities),
      }),
    })
    if (announced.changed) this.#tell({ kind: 'announced', device: announced.device })
    return announced
  }

  /** Denied and told of at once, and with it whatever it was delegated; resolves when it is stored. */
  async quarantine(id: string, reason: string): Promise<DeviceRow> {
    checkText('reason', reason)
    this.#index.require(id)
    const order = this.#changes.next()
    this.#index.rows.take(id, order, (stored) => ({
      ...(stored ?? this.#index.require(id)),
      status: 'quarantined',
    }))
    this.#index.move(id)
    const acts = this.#acts.revokeAllOf({ device: id })
    this.#falls.tell({ kind: 'device', id, reason })
    const [row] = await Promise.all([
      this.#changes.take(`quarantine of device ${id}`, (commit) =>
        this.#setStatus(commit, id, order, 'quarantined'),
      ),
      acts,
    ])
    return row
  }

  /** Takes a device out of quarantine, once that is stored. */
  async release(id: string): Promise<DeviceRow> {
    const { ecosystems } = this.#index.require(id)
    const order = this.#changes.next()
    const status = ecosystems.length === 0 ? 'new' : 'active'
    return this.#changes.give(`release of device ${id}`, (commit) =>
      this.#setStatus(commit, id, order, status),
    )
  }

  /** Makes a device part of one more ecosystem of its realm. */
  async admit(id: string, ecosystem: string): Promise<DeviceRow> {
    const { realm } = this.#index.require(id)
    if (this.#directory.require(ecosystem).realm !== realm)
      throw invalid('ecosystem', ecosystem, `an ecosystem of realm ${realm}`)
    return this.#changes.give(`admission of device ${id}`, async (commit) => {
      const stored = this.#index.stored(id)
      if (stored.ecosystems.includes(ecosystem)) return this.#index.require(id)
      // Whoever wants to have what nobody owns must prove that it is before him.
      if (stored.status === 'new') throw new DomainError('invalid_state', 'nobody has claimed it')
      // It may have ended meanwhile, and nobody could answer for the device then.
      this.#directory.require(ecosystem)
      const max = this.#bounds.ecosystemsPerDevice
      if (stored.ecosystems.length >= max) throw full(`ecosystemsPerDevice of ${id}`, max)
      const row = await this.#put(commit, {
        ...stored,
        ecosystems: [...stored.ecosystems, ecosystem],
      })
      this.#index.move(id)
      return row
    })
  }

  /** All leave an ecosystem that ends, at once. `rows` are what is to be stored; `stored` is to be called when it is. */
  leave(
    ecosystem: string,
    order: number,
  ): { readonly rows: () => DeviceRow[]; readonly stored: () => void } {
    return this.#index.leave(ecosystem, order)
  }

  /**
   * The owner's word on who may use a capability: it goes before the class's. Stricter holds at once, laxer when stored.
   * A `uri` with an empty component names a pattern to subscribe to.
   * @throws DomainError not_found, invalid_argument, invalid_state, unavailable
   */
  setLevel(order: LevelOrder): Promise<void> {
    return this.#terms.setLevel(order)
  }

  /** The levels of a class have moved. */
  classChanged(id: string): void {
    const concerned = this.#index.list().filter((device) => device.class === id)
    for (const device of concerned) this.#index.move(device.id)
    new Set(concerned.flatMap(({ ecosystems }) => ecosystems)).forEach(this.#narrowed)
  }

  async #announce(id: string, announcement: Partial<Announcement>): Promise<Announced> {
    const known = this.#index.require(id)
    const { attributes = known.attributes, capabilities = known.announced } = announcement
    if (isAnnounced(known, { attributes, capabilities })) return { device: known, changed: false }
    return this.#changes.give(
      `announcing ${id}`,
      async (commit) => {
        const row = { ...this.#index.stored(id), attributes, announced: capabilities }
        const device = await this.#put(commit, row)
        if (asksMore(known) || asksMore(device)) this.#index.move(id)
        return { device, changed: true }
      },
      'outside',
    )
  }

  async #setStatus(
    commit: Commit,
    id: string,
    order: number,
    status: DeviceRow['status'],
  ): Promise<DeviceRow> {
    const stored = this.#index.stored(id)
    const row: DeviceRow = { ...stored, status }
    const before = this.#index.require(id).status
    if (stored.status !== status) await this.#put(commit, row)
    this.#index.rows.settle(id, order)
    if (this.#index.require(id).status !== before) this.#index.move(id)
    return row
  }

  async #put(commit: Commit, row: DeviceRow): Promise<DeviceRow> {
    await commit([{ kind: 'device.put', row }])
    return this.#index.put(row)
  }

  #tell(change: DeviceChange): void {
    for (const listener of this.#listeners) listener(change)
  }
}

/** Whether the device itself wants more than its class does. */
function asksMore({ announced }: DeviceRow): boolean {
  return announced.some(({ level, acr }) => level !== undefined || acr !== undefined)
}
