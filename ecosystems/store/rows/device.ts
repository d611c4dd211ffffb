import type { Assurance } from './identity.ts'

/** Something people may do with a device: call a procedure, subscribe to a topic or publish to it. */
export type CapabilityAction = 'call' | 'subscribe' | 'publish'

/** What a capability asks for beyond a level. */
export interface Conditions {
  /** How strongly whoever asks must have proven who he is. */
  readonly acr?: Assurance
  /** How long ago at most, in milliseconds. */
  readonly maxAgeMs?: number
  /** Each use, or each who asks, waits for the owner's word. */
  readonly approval?: 'owner'
  /** Whoever asks must be at the device. */
  readonly presence?: boolean
  /** The device gets the house's signed word on who asks for what. */
  readonly assert?: boolean
}

/** A capability that a class gives its devices. `verb` is what follows the device's prefix and a dot. */
export interface ClassCapability {
  readonly verb: string
  readonly action: CapabilityAction
  /** Required level: 1 is the highest; allowed iff the grant's level is no larger. */
  readonly level: number
  readonly conditions?: Conditions
}

/** Key: id. */
export interface DeviceClassRow {
  readonly id: string
  /** Devices of this class are called so with a number, unless their provisioning code names a prefix. */
  readonly prefix: string
  readonly capabilities: readonly ClassCapability[]
}

/** What a device says it can do. Never gives a right: levels come from the class or the owner. */
export interface AnnouncedCapability {
  readonly uri: string
  readonly action: CapabilityAction
  /** JSON Schema of the arguments, for whoever may use it; nothing here is decided by it. */
  readonly args?: unknown
  /** The same of the result. */
  readonly result?: unknown
  /** The device wants at least this level, and this proof. It can make the class's word stricter, never laxer. */
  readonly level?: number
  readonly acr?: Assurance
}

/** Key: id. `publicKey` is unique, and so is `prefix` within its realm. */
export interface DeviceRow {
  readonly id: string
  readonly realm: string
  readonly class: string
  /** Owns this URI and all below it: `lamp` owns `lamp.switch`, not `lamp2.switch`. */
  readonly prefix: string
  /** Ed25519, 32 bytes in lower-case hex; `null` for one that can do no such thing. */
  readonly publicKey: string | null
  /** Of a weak device: salted key of its secret, for `wampcra`. */
  readonly secret: {
    readonly salt: string
    readonly iterations: number
    readonly key: string
  } | null
  /** `new`: nobody has claimed it yet, and it may do nothing. */
  readonly status: 'new' | 'active' | 'quarantined'
  /** The person who claimed it. */
  readonly owner: string | null
  /** SHA-256 of the code by which an owner claims it. */
  readonly claim: string | null
  /** The device behind which this one is, and by which alone it speaks. */
  readonly gateway: string | null
  /** Whatever it is granted, it has no better level than this: 1 for a device that can be trusted with all. */
  readonly maxLevel: number
  readonly ecosystems: readonly string[]
  readonly attributes: Readonly<Record<string, unknown>>
  readonly announced: readonly AnnouncedCapability[]
  readonly createdAt: number
}

/** The owner's word on one capability in one ecosystem; goes before the class's. Key: device, uri, action, ecosystem. */
export interface CapabilityRow {
  readonly device: string
  readonly uri: string
  readonly action: CapabilityAction
  readonly ecosystem: string
  readonly level: number
  readonly conditions: Conditions
}

/** A single-use provisioning code, kept only as its SHA-256. Key: hash. */
export interface ProvisioningCodeRow {
  /** SHA-256 of the code, hex. */
  readonly hash: string
  readonly realm: string
  /** None: the device is `new` until somebody claims it. */
  readonly ecosystems: readonly string[]
  readonly class: string
  /** The prefix that the device is to own; `null`: the class's with the next free number. */
  readonly prefix: string | null
  readonly createdBy: string
  readonly createdAt: number
  readonly expiresAt: number
  readonly redeemedAt: number | null
  readonly device: string | null
}

/** A device may act for a person. Key: id. */
export interface DeviceActRow {
  readonly id: string
  readonly device: string
  readonly person: string
  /** Prefixes of the URIs to which it may publish, or which it may call, in that person's name. */
  readonly scopes: readonly string[]
  readonly createdAt: number
  readonly expiresAt: number
  readonly revokedAt: number | null
}

/** What a device is wished to be like, and what it last said it is like. Key: device. */
export interface ShadowRow {
  readonly device: string
  readonly desired: Readonly<Record<string, unknown>>
  readonly desiredVersion: number
  readonly desiredAt: number
  readonly desiredBy: string
  /** The version of `desired` that the device has taken. */
  readonly deliveredVersion: number
  readonly reported: Readonly<Record<string, unknown>>
  readonly reportedVersion: number
  readonly reportedAt: number
}
