import {
  checkAttributes,
  checkCapabilities,
  isAnnounced,
  type Announcement,
} from './announcement.ts'
import { Announcements, type Announced } from './announcements.ts'
import type { Bounds } from './bounds.ts'
import type { Changes, Commit } from './changes.ts'
import { capabilityActions, type DeviceClasses } from './classes.ts'
import type { EcosystemDirectory } from './ecosystem-directory.ts'
import { Epochs, type EpochCounter } from './epochs.ts'
import { DomainError, full, invalid, missing } from './errors.ts'
import type { Falls } from './falls.ts'
import { Levels } from './levels.ts'
import type { Terms } from './terms.ts'
import {
  checkLevel,
  checkPatternUnder,
  checkText,
  checkUriUnder,
  isPattern,
  maxIdLength,
  randomName,
} from './names.ts'
import { Prefixes } from './prefixes.ts'
import type { Provisioning } from './provisioning.ts'
import { Rows } from './rows.ts'
import type {
  CapabilityAction,
  CapabilityRow,
  Conditions,
  DeviceRow,
  ProvisioningCodeRow,
} from './store/store.ts'
import { isWeakKey } from './weak-keys.ts'

/** Which level an ecosystem asks for. */
export interface Requirement {
  readonly ecosystem: string
  readonly level: number
  /** What it asks for beyond the level. */
  readonly conditions: Conditions
}

/** One thing that may be done with a device, as its owner sees it. */
export interface DeviceCapability {
  readonly uri: string
  readonly action: CapabilityAction
  /** Whether the device said that it can do this. */
  readonly announced: boolean
  /** Required level by ecosystem. An ecosystem that is absent denies it to all. */
  readonly levels: Readonly<Record<string, number>>
}

/** The devices, what each owns, and what may be done with it at which level. */
export class Devices {
  readonly #changes: Changes
  readonly #falls: Falls
  readonly #bounds: Bounds
  readonly #classes: DeviceClasses
  readonly #directory: EcosystemDirectory
  readonly #provisioning: Provisioning
  readonly #levels: Levels
  readonly #announcements = new Announcements((id, said) => this.#announce(id, said))
  readonly #devices = new Rows<DeviceRow>()
  readonly #idsByPublicKey = new Map<string, string>()
  readonly #prefixesByRealm = new Map<string, Prefixes>()
  readonly #epochs = new Epochs()
  readonly #realmEpochs = new Epochs()

  constructor(
    parts: {
      readonly changes: Changes
      readonly falls: Falls
      readonly bounds: Bounds
      readonly classes: DeviceClasses
      readonly directory: EcosystemDirectory
      readonly provisioning: Provisioning
    },
    rows: {
      readonly devices: readonly DeviceRow[]
      readonly capabilities: readonly CapabilityRow[]
    },
  ) {
    this.#changes = parts.changes
    this.#falls = parts.falls
    this.#bounds = parts.bounds
    this.#classes = parts.classes
    this.#directory = parts.directory
    this.#provisioning = parts.provisioning
    this.#levels = new Levels(
      { changes: parts.changes, bounds: parts.bounds, moved: (device) => this.#move(device) },
      rows.capabilities,
    )
    for (const row of rows.devices) this.#add(row)
  }

  get(id: string): DeviceRow | undefined {
    return this.#devices.get(id)
  }

  /** All, or those of one realm. */
  list(realm?: string): DeviceRow[] {
    const all = [...this.#devices.values()]
    return realm === undefined ? all : all.filter((row) => row.realm === realm)
  }

  /** @param hex the Ed25519 key, 32 bytes in lower-case hex */
  byPublicKey(hex: string): DeviceRow | undefined {
    const id = this.#idsByPublicKey.get(hex)
    return id === undefined ? undefined : this.#devices.get(id)
  }

  /** The device under whose prefix the URI (or the fixed beginning of a pattern) lies. */
  owning(realm: string, uri: string): DeviceRow | undefined {
    const id = this.#prefixesByRealm.get(realm)?.ownerOf(uri)
    return id === undefined ? undefined : this.#devices.get(id)
  }

  /** Whether no new device can have this prefix. What there is in other realms plays no part. */
  isTaken(realm: string, prefix: string): boolean {
    return this.#prefixesByRealm.get(realm)?.overlaps(prefix) ?? false
  }

  /** Moves when anything about the device changes that a decision rests on; for an unknown one when one comes. */
  epochOf(id: string): EpochCounter {
    return this.#epochs.of(id)
  }

  /** Moves when a device comes to the realm: answers about URIs without an owner rest on it. */
  epochOfRealm(realm: string): EpochCounter {
    return this.#realmEpochs.of(realm)
  }

  /** The levels that the device's ecosystems ask for; none: denied to all. */
  requirements(device: DeviceRow, action: CapabilityAction, uri: string): readonly Requirement[] {
    const found: Requirement[] = []
    for (const ecosystem of device.ecosystems) {
      // A code or an admission that came too late may still name one that was deleted.
      if (this.#directory.get(ecosystem) === undefined) continue
      const terms = this.#termsOf(device, action, uri, ecosystem)
      if (terms !== undefined) found.push({ ecosystem, ...terms })
    }
    return found
  }

  /** The URIs, and patterns as URIs, for which the class or the owner names a level. */
  named(device: DeviceRow, action: CapabilityAction): ReadonlySet<string> {
    const uris = new Set<string>()
    for (const capability of this.#classes.get(device.class)?.capabilities ?? [])
      if (capability.action === action) uris.add(`${device.prefix}.${capability.verb}`)
    for (const level of this.#levels.ofDevice(device.id))
      if (level.action === action) uris.add(level.uri)
    return uris
  }

  /** What the class, the owner and the device itself name. */
  capabilitiesOf(device: DeviceRow): readonly DeviceCapability[] {
    const announced = new Set(device.announced.map(({ action, uri }) => `${action} ${uri}`))
    const named = new Map<string, { uri: string; action: CapabilityAction }>()
    const name = (action: CapabilityAction, uri: string): unknown =>
      named.set(`${action} ${uri}`, { uri, action })
    for (const { action, verb } of this.#classes.get(device.class)?.capabilities ?? [])
      name(action, `${device.prefix}.${verb}`)
    for (const { action, uri } of this.#levels.ofDevice(device.id)) name(action, uri)
    for (const { action, uri } of device.announced) name(action, uri)
    return [...named].map(([key, { uri, action }]) => ({
      uri,
      action,
      announced: announced.has(key),
      levels: Object.fromEntries(
        this.requirements(device, action, uri).map(({ ecosystem, level }) => [ecosystem, level]),
      ),
    }))
  }

  /**
   * Makes a device of a code and the public half of the key it made on board. Code and device are one commit:
   * of two that come with one code, one gets it.
   * @throws DomainError not_found (code), conflict (code used, key known, prefix taken), invalid_argument, invalid_state, unavailable
   */
  async enrol(application: {
    readonly code: string
    readonly publicKey: string
    readonly attributes?: Readonly<Record<string, unknown>>
  }): Promise<DeviceRow> {
    const publicKey = checkPublicKey(application.publicKey)
    const attributes = checkAttributes(this.#bounds, application.attributes ?? {})
    this.#provisioning.require(application.code)
    return this.#changes.give(
      'device.enrol',
      (commit) => this.#enrol(commit, application.code, publicKey, attributes),
      'outside',
    )
  }

  /**
   * Keeps what a device says of itself; what it leaves out stays. It gives nobody any right: levels come from the
   * class or the owner.
   * @throws DomainError not_found, invalid_argument, unavailable
   */
  async announce(id: string, announcement: Partial<Announcement>): Promise<Announced> {
    const { prefix } = this.#require(id)
    const { attributes, capabilities } = announcement
    return this.#announcements.add(id, {
      ...(attributes !== undefined && { attributes: checkAttributes(this.#bounds, attributes) }),
      ...(capabilities !== undefined && {
        capabilities: checkCapabilities(this.#bounds, prefix, capabilities),
      }),
    })
  }

  /** Denied and told of at once; resolves when it is stored. */
  async quarantine(id: string, reason: string): Promise<DeviceRow> {
    checkText('reason', reason)
    this.#require(id)
    const order = this.#changes.next()
    this.#devices.take(id, order, (stored) => ({
      ...(stored ?? this.#require(id)),
      status: 'quarantined',
    }))
    this.#move(id)
    this.#falls.tell({ kind: 'device', id, reason })
    return this.#changes.take(`quarantine of device ${id}`, (commit) =>
      this.#setStatus(commit, id, order, 'quarantined'),
    )
  }

  /** Takes a device out of quarantine, once that is stored. */
  async release(id: string): Promise<DeviceRow> {
    this.#require(id)
    const order = this.#changes.next()
    return this.#changes.give(`release of device ${id}`, (commit) =>
      this.#setStatus(commit, id, order, 'active'),
    )
  }

  /** Makes a device part of one more ecosystem of its realm. */
  async admit(id: string, ecosystem: string): Promise<DeviceRow> {
    const { realm } = this.#require(id)
    if (this.#directory.require(ecosystem).realm !== realm)
      throw invalid('ecosystem', ecosystem, `an ecosystem of realm ${realm}`)
    return this.#changes.give(`admission of device ${id}`, async (commit) => {
      const stored = this.#stored(id)
      if (stored.ecosystems.includes(ecosystem)) return this.#require(id)
      const max = this.#bounds.ecosystemsPerDevice
      if (stored.ecosystems.length >= max) throw full(`ecosystemsPerDevice of ${id}`, max)
      const row = await this.#put(commit, {
        ...stored,
        ecosystems: [...stored.ecosystems, ecosystem],
      })
      this.#move(id)
      return row
    })
  }

  /** All leave an ecosystem that ends, at once. `rows` are what is to be stored; `stored` is to be called when it is. */
  leave(
    ecosystem: string,
    order: number,
  ): { readonly rows: () => DeviceRow[]; readonly stored: () => void } {
    const without = (row: DeviceRow): DeviceRow => ({
      ...row,
      ecosystems: row.ecosystems.filter((each) => each !== ecosystem),
    })
    const ids = this.list()
      .filter((row) => this.#stored(row.id).ecosystems.includes(ecosystem))
      .map(({ id }) => id)
    for (const id of ids) {
      this.#devices.take(id, order, (stored) => without(stored ?? this.#require(id)))
      this.#move(id)
    }
    const rows = (): DeviceRow[] => ids.map((id) => without(this.#stored(id)))
    return {
      rows,
      stored: () => {
        for (const row of rows()) {
          this.#devices.put(row.id, row)
          this.#devices.settle(row.id, order)
          this.#move(row.id)
        }
      },
    }
  }

  /**
   * The owner's word on who may use a capability: it goes before the class's. Stricter holds at once, laxer when stored.
   * A `uri` with an empty component names a pattern to subscribe to.
   * @throws DomainError not_found, invalid_argument, invalid_state, unavailable
   */
  async setLevel(
    capability: Omit<CapabilityRow, 'conditions'> & Partial<Pick<CapabilityRow, 'conditions'>>,
  ): Promise<void> {
    const { uri, action, ecosystem } = capability
    const device = this.#require(capability.device)
    if (!capabilityActions.includes(action))
      throw invalid('action', action, capabilityActions.join(', '))
    if (action === 'subscribe' && isPattern(uri)) checkPatternUnder(device.prefix, 'uri', uri)
    else checkUriUnder(device.prefix, 'uri', uri)
    if (!device.ecosystems.includes(ecosystem))
      throw invalid('ecosystem', ecosystem, `one of the device's: ${device.ecosystems.join(', ')}`)
    const level = checkLevel('level', capability.level)
    const { conditions = this.#termsOf(device, action, uri, ecosystem)?.conditions ?? {} } =
      capability
    const row: CapabilityRow = { device: device.id, uri, action, ecosystem, level, conditions }
    await this.#levels.set(row, () => this.#termsOf(device, action, uri, ecosystem))
  }

  /** The levels of a class have moved. */
  classChanged(id: string): void {
    for (const device of this.#devices.values()) if (device.class === id) this.#move(device.id)
  }

  /** The owner's word on a capability, else its class's; `undefined`: it is denied to all. */
  #termsOf(
    device: DeviceRow,
    action: CapabilityAction,
    uri: string,
    ecosystem: string,
  ): Terms | undefined {
    const owners = this.#levels.get({ device: device.id, action, uri, ecosystem })
    if (owners !== undefined || !uri.startsWith(`${device.prefix}.`)) return owners
    return this.#classes.termsOf(device.class, action, uri.slice(device.prefix.length + 1))
  }

  async #enrol(
    commit: Commit,
    secret: string,
    publicKey: string,
    attributes: DeviceRow['attributes'],
  ): Promise<DeviceRow> {
    const code = this.#provisioning.require(secret)
    if (this.#idsByPublicKey.has(publicKey))
      throw new DomainError('conflict', 'publicKey: it belongs to a device already')
    if (this.#devices.size >= this.#bounds.devices) throw full('devices', this.#bounds.devices)
    const prefix = code.prefix ?? this.#freePrefix(code)
    if (this.isTaken(code.realm, prefix))
      throw new DomainError('conflict', `prefix: ${prefix} overlaps with another device's`)
    const at = this.#changes.clock.now()
    const row: DeviceRow = {
      id: this.#freeId(prefix),
      realm: code.realm,
      class: code.class,
      prefix,
      publicKey,
      secret: null,
      status: 'active',
      owner: null,
      claim: null,
      gateway: null,
      maxLevel: 1,
      ecosystems: code.ecosystems,
      attributes,
      announced: [],
      createdAt: at,
    }
    await commit([
      { kind: 'code.redeem', hash: code.hash, device: row.id, at },
      { kind: 'device.put', row },
    ])
    this.#provisioning.redeem(code.hash)
    this.#add(row)
    this.#realmEpochs.move(row.realm)
    this.#move(row.id)
    return row
  }

  async #announce(id: string, announcement: Partial<Announcement>): Promise<Announced> {
    const known = this.#require(id)
    const { attributes = known.attributes, capabilities = known.announced } = announcement
    if (isAnnounced(known, { attributes, capabilities })) return { device: known, changed: false }
    return this.#changes.give(
      `announcing ${id}`,
      async (commit) => {
        const row = { ...this.#stored(id), attributes, announced: capabilities }
        return { device: await this.#put(commit, row), changed: true }
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
    const stored = this.#stored(id)
    const row: DeviceRow = { ...stored, status }
    const before = this.#require(id).status
    if (stored.status !== status) await this.#put(commit, row)
    this.#devices.settle(id, order)
    if (this.#require(id).status !== before) this.#move(id)
    return row
  }

  async #put(commit: Commit, row: DeviceRow): Promise<DeviceRow> {
    await commit([{ kind: 'device.put', row }])
    this.#devices.put(row.id, row)
    this.#changes.root.move()
    return this.#require(row.id)
  }

  #add(row: DeviceRow): void {
    this.#devices.put(row.id, row)
    if (row.publicKey !== null) this.#idsByPublicKey.set(row.publicKey, row.id)
    let prefixes = this.#prefixesByRealm.get(row.realm)
    if (prefixes === undefined) {
      prefixes = new Prefixes()
      this.#prefixesByRealm.set(row.realm, prefixes)
    }
    prefixes.add(row.prefix, row.id)
  }

  /** The class's prefix with the lowest number that no device has and no code promises. */
  #freePrefix(code: ProvisioningCodeRow): string {
    const base = this.#classes.get(code.class)?.prefix ?? code.class
    for (let number = 1; number <= this.#bounds.devices; number++) {
      const prefix = `${base}${number}`
      if (this.isTaken(code.realm, prefix)) continue
      if (!this.#provisioning.promises(code.realm, prefix)) return prefix
    }
    throw full(`numbers of ${base}`, this.#bounds.devices)
  }

  /** The prefix as one word; where a device has that already, here or elsewhere, with something random behind it. */
  #freeId(prefix: string): string {
    const word = prefix.replaceAll('.', '_')
    const isFree = (id: string): boolean =>
      id.length <= maxIdLength && this.#devices.get(id) === undefined
    let id = word
    while (!isFree(id)) id = `${word.slice(0, maxIdLength - 7)}_${randomName(6)}`
    return id
  }

  #require(id: string): DeviceRow {
    const row = this.#devices.get(id)
    if (row === undefined) throw missing('device', id)
    return row
  }

  #stored(id: string): DeviceRow {
    return this.#devices.stored(id) ?? this.#require(id)
  }

  #move(id: string): void {
    this.#epochs.move(id)
    this.#changes.root.move()
  }
}

function checkPublicKey(value: unknown): string {
  if (typeof value !== 'string' || !/^[0-9a-f]{64}$/.test(value))
    throw invalid('publicKey', value, '32 bytes in lower-case hex')
  if (isWeakKey(Buffer.from(value, 'hex')))
    throw invalid('publicKey', value, 'a key of full order: for this one anybody could sign')
  return value
}
