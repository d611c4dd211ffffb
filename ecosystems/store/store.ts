/**
 * What the security domain keeps for good, and the contract of whatever keeps it.
 * Rows are plain values; times are milliseconds since the epoch; ids of people, devices and ecosystems are
 * `[a-z0-9_]+`, as they appear as URI components and as authid.
 */

/** An OpenID provider that is trusted, for tokens with this audience. Key: issuer and clientId. */
export interface IdpRow {
  readonly issuer: string
  readonly clientId: string
  /** Where its keys are, if not where its discovery document says. */
  readonly jwksUri: string | null
  readonly createdAt: number
}

/** An account of ours. Key: id. */
export interface PersonRow {
  readonly id: string
  readonly name: string
  readonly status: 'active' | 'disabled'
  readonly createdAt: number
}

/** A federated identity. Key: issuer and subject. Never an e-mail address. */
export interface IdentityRow {
  readonly issuer: string
  readonly subject: string
  readonly person: string
  readonly createdAt: number
}

/** Key: id. */
export interface EcosystemRow {
  readonly id: string
  readonly realm: string
  readonly name: string
  readonly createdAt: number
}

/** Something people may do with a device: call a procedure, subscribe to a topic or publish to it. */
export type CapabilityAction = 'call' | 'subscribe' | 'publish'

/** A capability that a class gives its devices. `verb` is what follows the device's prefix and a dot. */
export interface ClassCapability {
  readonly verb: string
  readonly action: CapabilityAction
  /** Required level: 1 is the highest; allowed iff the grant's level is no larger. */
  readonly level: number
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
}

/** Key: id. `publicKey` is unique, and so is `prefix` within its realm. */
export interface DeviceRow {
  readonly id: string
  readonly realm: string
  readonly class: string
  /** Owns this URI and all below it: `lamp` owns `lamp.switch`, not `lamp2.switch`. */
  readonly prefix: string
  /** Ed25519, 32 bytes in lower-case hex. */
  readonly publicKey: string
  readonly status: 'active' | 'quarantined'
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
}

export type SubjectKind = 'person' | 'device'

/** A subject's level in an ecosystem. Key: id. */
export interface GrantRow {
  readonly id: string
  readonly ecosystem: string
  readonly subjectKind: SubjectKind
  readonly subject: string
  readonly level: number
  readonly createdBy: string
  readonly createdAt: number
  readonly revokedAt: number | null
}

/** A single-use provisioning code, kept only as its SHA-256. Key: hash. */
export interface ProvisioningCodeRow {
  /** SHA-256 of the code, hex. */
  readonly hash: string
  readonly realm: string
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

/** One line of the trace: a change, a denial, or a use of level 1. Only ever appended. */
export interface AuditRow {
  /** Given by the store, from 1 on. */
  readonly seq: number
  readonly at: number
  readonly realm: string
  /** `kind:id` of who did it, for instance `person:p_3k`. */
  readonly actor: string
  /** WAMP session id, 0 where there is none. */
  readonly session: number
  /** call, register, subscribe, publish, or the management procedure's noun and verb (`grant.create`). */
  readonly action: string
  /** URI or id that it was about. */
  readonly target: string
  readonly outcome: 'allow' | 'deny' | 'change' | 'failure'
  /** Name of the check that decided, or what was changed. */
  readonly reason: string
  readonly decisionId: string | null
  readonly details: Readonly<Record<string, unknown>>
}

/** Everything decisions read. Loaded once at the start; if that fails the house refuses to serve. */
export interface Snapshot {
  readonly idps: readonly IdpRow[]
  readonly people: readonly PersonRow[]
  readonly identities: readonly IdentityRow[]
  readonly ecosystems: readonly EcosystemRow[]
  readonly classes: readonly DeviceClassRow[]
  readonly devices: readonly DeviceRow[]
  readonly capabilities: readonly CapabilityRow[]
  readonly grants: readonly GrantRow[]
  readonly codes: readonly ProvisioningCodeRow[]
}

/** One change. `put` inserts or replaces by key. */
export type Change =
  | { readonly kind: 'idp.put'; readonly row: IdpRow }
  | { readonly kind: 'person.put'; readonly row: PersonRow }
  | { readonly kind: 'identity.put'; readonly row: IdentityRow }
  | { readonly kind: 'ecosystem.put'; readonly row: EcosystemRow }
  | { readonly kind: 'class.put'; readonly row: DeviceClassRow }
  | { readonly kind: 'device.put'; readonly row: DeviceRow }
  | { readonly kind: 'capability.put'; readonly row: CapabilityRow }
  | { readonly kind: 'grant.put'; readonly row: GrantRow }
  | { readonly kind: 'code.put'; readonly row: ProvisioningCodeRow }
  /** Fails with StoreConflict unless the code is there and was not redeemed before. */
  | {
      readonly kind: 'code.redeem'
      readonly hash: string
      readonly device: string
      readonly at: number
    }

/** A conditional change found another state than it needs, or a unique key is taken. Nothing was written. */
export class StoreConflict extends Error {
  override readonly name = 'StoreConflict'
}

/** The store could not write or read (disk full, locked, too much waiting). Nothing was half-written. */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable'
}

/** Which audit records to list. */
export interface AuditQuery {
  readonly limit: number
  /** Only records before this `seq`; absent: the newest. */
  readonly before?: number
  readonly actor?: string
  readonly outcome?: AuditRow['outcome']
  readonly decisionId?: string
}

/** Keeps the domain's rows. */
export interface Store {
  load(): Promise<Snapshot>
  /**
   * Applies all changes or none. Resolves only when they will survive a power cut.
   * @throws StoreConflict, StoreUnavailable
   */
  commit(changes: readonly Change[]): Promise<void>
  /** Appends records in one transaction, in order. @throws StoreUnavailable */
  appendAudit(records: readonly Omit<AuditRow, 'seq'>[]): Promise<void>
  /** Newest first. */
  listAudit(query: AuditQuery): Promise<AuditRow[]>
  close(): Promise<void>
}
