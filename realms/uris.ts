/**
 * Latchkey's own names on the wire, and the shapes that clients meet under them. A leaf without any import, so
 * that a browser can load it. Keys on the wire are `snake_case`; times end in `_at` and are milliseconds since
 * the epoch. Each procedure takes its input as keyword arguments and answers with one dictionary, `args[0]`.
 */

/** Every procedure that the router itself offers, in every realm with management. */
export const procedureUris = {
  ecosystemCreate: 'latchkey.ecosystem.create',
  ecosystemList: 'latchkey.ecosystem.list',
  ecosystemShow: 'latchkey.ecosystem.show',
  ecosystemSet: 'latchkey.ecosystem.set',
  ecosystemDelete: 'latchkey.ecosystem.delete',
  ecosystemSpan: 'latchkey.ecosystem.span',
  ecosystemUnspan: 'latchkey.ecosystem.unspan',
  groupCreate: 'latchkey.group.create',
  groupList: 'latchkey.group.list',
  groupAdd: 'latchkey.group.add',
  groupRemove: 'latchkey.group.remove',
  groupDelete: 'latchkey.group.delete',
  policySet: 'latchkey.policy.set',
  policyList: 'latchkey.policy.list',
  policyRemove: 'latchkey.policy.remove',
  inviteCreate: 'latchkey.invite.create',
  inviteRedeem: 'latchkey.invite.redeem',
  inviteList: 'latchkey.invite.list',
  inviteRevoke: 'latchkey.invite.revoke',
  clientCreate: 'latchkey.client.create',
  clientList: 'latchkey.client.list',
  clientRemove: 'latchkey.client.remove',
  idpAdd: 'latchkey.idp.add',
  idpList: 'latchkey.idp.list',
  idpDisable: 'latchkey.idp.disable',
  idpEnable: 'latchkey.idp.enable',
  ecosystemTrustIdp: 'latchkey.ecosystem.trust_idp',
  identityList: 'latchkey.identity.list',
  identityLinkStart: 'latchkey.identity.link.start',
  identityLinkComplete: 'latchkey.identity.link.complete',
  identityUnlink: 'latchkey.identity.unlink',
  localCreate: 'latchkey.local.create',
  localList: 'latchkey.local.list',
  localRevoke: 'latchkey.local.revoke',
  localVerify: 'latchkey.local.verify',
  personPanic: 'latchkey.person.panic',
  panicReview: 'latchkey.panic.review',
  panicLift: 'latchkey.panic.lift',
  identityDisable: 'latchkey.identity.disable',
  identityEnable: 'latchkey.identity.enable',
  deviceList: 'latchkey.device.list',
  deviceEnrol: 'latchkey.device.enrol',
  deviceTrust: 'latchkey.device.trust',
  deviceQuarantine: 'latchkey.device.quarantine',
  deviceRelease: 'latchkey.device.release',
  deviceAdmit: 'latchkey.device.admit',
  deviceClaim: 'latchkey.device.claim',
  deviceClaimCode: 'latchkey.device.claim_code',
  deviceAddChild: 'latchkey.device.add_child',
  deviceDelegate: 'latchkey.device.delegate',
  delegationList: 'latchkey.delegation.list',
  delegationRevoke: 'latchkey.delegation.revoke',
  shadowGet: 'latchkey.device.shadow.get',
  shadowSet: 'latchkey.device.shadow.set',
  shadowReport: 'latchkey.device.shadow.report',
  presenceEnter: 'latchkey.presence.enter',
  approvalList: 'latchkey.approval.list',
  approvalApprove: 'latchkey.approval.approve',
  approvalDeny: 'latchkey.approval.deny',
  approvalState: 'latchkey.approval.state',
  emergencyCreate: 'latchkey.emergency.create',
  emergencyList: 'latchkey.emergency.list',
  emergencyRevoke: 'latchkey.emergency.revoke',
  unlockRequest: 'latchkey.unlock.request',
  unlockList: 'latchkey.unlock.list',
  unlockApprove: 'latchkey.unlock.approve',
  unlockDeny: 'latchkey.unlock.deny',
  shareCreate: 'latchkey.share.create',
  shareList: 'latchkey.share.list',
  shareRevoke: 'latchkey.share.revoke',
  capabilityAnnounce: 'latchkey.capability.announce',
  capabilitySet: 'latchkey.capability.set',
  classCreate: 'latchkey.class.create',
  classList: 'latchkey.class.list',
  discoveryList: 'latchkey.discovery.list',
  provisioningTokenCreate: 'latchkey.provisioning.token.create',
  grantCreate: 'latchkey.grant.create',
  grantList: 'latchkey.grant.list',
  grantRevoke: 'latchkey.grant.revoke',
  personCreate: 'latchkey.person.create',
  personList: 'latchkey.person.list',
  personResolve: 'latchkey.person.resolve',
  personDisable: 'latchkey.person.disable',
  personEnable: 'latchkey.person.enable',
  sessionList: 'latchkey.session.list',
  sessionKill: 'latchkey.session.kill',
  sessionRefresh: 'latchkey.session.refresh',
  stepupBegin: 'latchkey.stepup.begin',
  stepupComplete: 'latchkey.stepup.complete',
  authenticatorEnrolBegin: 'latchkey.authenticator.enrol.begin',
  authenticatorEnrolComplete: 'latchkey.authenticator.enrol.complete',
  authenticatorList: 'latchkey.authenticator.list',
  authenticatorRevoke: 'latchkey.authenticator.revoke',
  presenceVerify: 'latchkey.presence.verify',
  consentAuthorize: 'latchkey.consent.authorize',
  consentRedeem: 'latchkey.consent.redeem',
  consentList: 'latchkey.consent.list',
  authzCheck: 'latchkey.authz.check',
  authzExplain: 'latchkey.authz.explain',
  authzAdd: 'latchkey.authz.add',
  authzList: 'latchkey.authz.list',
  authzRemove: 'latchkey.authz.remove',
  auditList: 'latchkey.audit.list',
  statusGet: 'latchkey.status.get',
} as const

export type ProcedureUri = (typeof procedureUris)[keyof typeof procedureUris]

/**
 * Every topic on which the router itself tells of the house. Anybody who can hold grants may subscribe, exactly to one
 * of them; each event goes only to those whom it concerns. All arguments are keyword arguments.
 */
export const topicUris = {
  /** A device that one may use has announced itself anew: `DeviceNews`. */
  deviceUpdate: 'latchkey.device.on_update',
  /** A device that one may use has joined: `DeviceNews`. */
  deviceOnline: 'latchkey.device.on_online',
  /** A device that one may use is gone: `DeviceNews`. */
  deviceOffline: 'latchkey.device.on_offline',
  /** A device was cut off: to its owners, and to those who have to do with it. */
  deviceQuarantine: 'latchkey.device.on_quarantine',
  /** To a device that nobody owned: somebody does now. */
  deviceClaimed: 'latchkey.device.on_claimed',
  /** To a device: what it is wished to be like. */
  deviceDesired: 'latchkey.device.on_desired',
  /** To the devices of an ecosystem: a person has entered it. */
  presenceEnter: 'latchkey.presence.on_enter',
  /** To those with level 1 in the ecosystem: somebody asks for something there. `ApprovalNews`. */
  approvalRequest: 'latchkey.approval.on_request',
  /** To those with level 1, and to who has asked: an answer was given. `ApprovalNews`. */
  approvalDecided: 'latchkey.approval.on_decided',
  /**
   * To the owner of a plan, in all his sessions and in each as soon as it listens, and to those he named: somebody asks
   * by it. `UnlockNews`.
   */
  unlockRequest: 'latchkey.unlock.on_request',
  /** To the same, and to who has asked: granted, vetoed, or withdrawn. `UnlockNews`. */
  unlockDecided: 'latchkey.unlock.on_decided',
} as const

export type TopicUri = (typeof topicUris)[keyof typeof topicUris]

/**
 * Option of CALL and PUBLISH by which a device names the person, or the child (`device:<id>`), on whose behalf it
 * speaks; and the detail of INVOCATION and EVENT by which the router says that this is so.
 */
export const behalfKey = '_on_behalf_of'

/** The errors of management that WAMP has no name for. */
export const errorUris = {
  /** What the input names is not there. Told only to those who have the right to the call. */
  notFound: 'latchkey.error.not_found',
  /** What was to be made is there already. */
  conflict: 'latchkey.error.conflict',
  /** What the input names is in a state in which this cannot be done. */
  invalidState: 'latchkey.error.invalid_state',
  /** Too many attempts; the keyword argument `retry_after_ms` says when to come again. */
  rateLimited: 'latchkey.error.rate_limited',
} as const

/** What one may do with a URI of a device. */
export type CapabilityAction = 'call' | 'subscribe' | 'publish'

/** A capability as announced and as listed. */
export interface Capability {
  readonly uri: string
  readonly action: CapabilityAction
  /** JSON Schema of the arguments, as the device says; nothing is decided by it. */
  readonly args?: unknown
  /** The same of the result. */
  readonly result?: unknown
}

/** A capability as a device announces it. */
export interface AnnouncedCapability extends Capability {
  /** The device wants at least this level and this proof; it can only make stricter what its owner and class say. */
  readonly required_level?: number
  readonly acr?: 'aal1' | 'aal2' | 'aal3'
}

/** Input of `latchkey.device.enrol`, in the session that was joined with this provisioning code. */
export interface EnrolInput {
  readonly code: string
  /** Ed25519, 32 bytes in lower-case hex: the public half of the key that was made on board. */
  readonly public_key?: string
  /** Instead of a key, for a device that can do no such thing. */
  readonly secret?: true
  readonly attributes?: Readonly<Record<string, unknown>>
}

/** Result of `latchkey.device.enrol`. */
export interface Enrolment {
  /** The device's id, its authid from now on. */
  readonly id: string
  readonly realm: string
  readonly class: string
  /** The device owns this URI and all below it. */
  readonly prefix: string
  readonly ecosystems: readonly string[]
  /** `new`: nobody owns it yet, and it may do nothing until somebody claims it. */
  readonly status: 'new' | 'active'
  /** To be shown to whoever is to claim a device that is `new`; not to be had again. */
  readonly claim_code?: string
  /** For `wampcra`, this once. */
  readonly secret?: string
}

/** Result of `latchkey.device.claim_code`: a code, or where the device is in the house if somebody has claimed it. */
export interface ClaimState extends Partial<ClaimedPlace> {
  readonly claim_code?: string
}

/** What `latchkey.device.on_claimed` tells a device. */
export interface ClaimedPlace {
  readonly class: string
  readonly prefix: string
  readonly ecosystems: readonly string[]
}

/** What `latchkey.device.on_update`, `on_online` and `on_offline` tell of a device. */
export interface DeviceNews {
  readonly device: string
  readonly class: string
  readonly prefix: string
  readonly online: boolean
  readonly attributes: Readonly<Record<string, unknown>>
}

/** A device may say things in a person's name, to these URIs and all below them. */
export interface Delegation {
  readonly id: string
  readonly device: string
  readonly person: string
  readonly scopes: readonly string[]
  readonly created_at: number
  readonly expires_at: number
  readonly revoked_at: number | null
}

/** What a device is wished to be like, and what it last said it is. */
export interface DeviceShadow {
  readonly device: string
  readonly desired: Readonly<Record<string, unknown>>
  /** Goes up by one with each wish; 0: there was none. */
  readonly desired_version: number
  /** Of the last wish that the device has taken. */
  readonly delivered_version: number
  readonly reported: Readonly<Record<string, unknown>>
  readonly reported_version: number
  readonly reported_at: number | null
}

/** What `latchkey.device.on_desired` tells a device, or its gateway: the whole wish. */
export interface DesiredState {
  readonly device: string
  readonly desired: Readonly<Record<string, unknown>>
  readonly version: number
}

/** Result of `latchkey.device.trust`: compact JWS that a device checks by itself (`clients/trust.ts`). */
export interface DeviceTrust {
  /** Signed by the house's key, which it names. */
  readonly bundle: string
  /** The same, signed by the key before it; absent where there is none. */
  readonly handover?: string
}

/**
 * What `user.<person>.authenticator.confirm` is called with, as keyword arguments: one call, to be confirmed by
 * signing for it. It answers with a `Confirmation`.
 */
export interface ConfirmRequest {
  readonly challenge: string
  readonly uri: string
  readonly args_sha256: string
  /** Id of the person whose call it is. */
  readonly caller: string
  /** Session that is to call; absent: any of the person's. */
  readonly session?: number
  readonly expires_at: number
  /** What `args_sha256` is of, where it is to be shown. */
  readonly args?: readonly unknown[]
  readonly kwargs?: Readonly<Record<string, unknown>>
}

export interface Confirmation {
  /** Compact JWS of type `latchkey-stepup+jwt`. */
  readonly proof: string
}

/** What of a person's confirms. */
export type AuthenticatorKind = 'watch' | 'phone' | 'key' | 'passkey'

/** Result of `latchkey.stepup.begin` without `push`: what is to be signed. */
export interface Challenged extends ConfirmRequest {
  /** For `navigator.credentials.get`, where the person has passkeys (PublicKeyCredentialRequestOptionsJSON). */
  readonly webauthn?: Readonly<Record<string, unknown>>
}

/** What answers a challenge: a watch's or a phone's JWS, or what `navigator.credentials` gave, as JSON. */
export type StepUpAnswer =
  { readonly proof: string } | { readonly webauthn: Readonly<Record<string, unknown>> }

/** Result of `latchkey.stepup.complete`, and of `latchkey.stepup.begin` with `push`. */
export interface SteppedUp {
  readonly uri: string
  readonly args_sha256: string
  /** What it is worth. */
  readonly acr: string
  /** Id of the authenticator that confirmed. */
  readonly authenticator: string
  readonly expires_at: number
}

/** Result of `latchkey.authenticator.enrol.begin`: what is to be signed by what is to be enrolled. */
export interface EnrolmentChallenge extends ConfirmRequest {
  /** For `navigator.credentials.create`, of a passkey (PublicKeyCredentialCreationOptionsJSON). */
  readonly webauthn?: Readonly<Record<string, unknown>>
}

/** Something by which a person confirms, as it is listed. */
export interface PersonalAuthenticator {
  readonly id: string
  readonly person: string
  readonly name: string
  readonly kind: AuthenticatorKind
  /** What its word is worth. */
  readonly acr: string
  readonly status: string
  readonly created_at: number
}

/** Result of `latchkey.presence.verify`. */
export interface Present {
  /** The person's id; absent where an ecosystem of the device keeps names from its devices. */
  readonly person?: string
  /** Whether the person may do what the lock asked about, now and by this sign. */
  readonly allowed: boolean
  /** Until when the person counts as being at the device. */
  readonly until: number
}

/** A payment, as a person agrees to it. */
export interface PaymentInput {
  readonly payee: string
  /** A decimal number as text, for instance `12.50`. */
  readonly amount: string
  /** ISO 4217. */
  readonly currency: string
  readonly ref: string
}

/** Result of `latchkey.consent.authorize`. */
export interface ConsentReceipt {
  /** Compact JWS of type `latchkey-receipt+jwt`, signed by the house. */
  readonly receipt: string
  readonly id: string
  readonly expires_at: number
}

/** Input of `latchkey.capability.announce`. */
export interface Announcement {
  readonly attributes?: Readonly<Record<string, unknown>>
  readonly capabilities?: readonly AnnouncedCapability[]
  /** The same, where they are all to be called. */
  readonly verbs?: readonly Omit<AnnouncedCapability, 'action'>[]
}

/** One device of `latchkey.discovery.list`: with what the caller may use, and nothing else. */
export interface DiscoveredDevice {
  readonly device: string
  readonly class: string
  readonly prefix: string
  readonly attributes: Readonly<Record<string, unknown>>
  readonly online: boolean
  readonly ecosystems: readonly string[]
  readonly capabilities: readonly Capability[]
}

/** Result of `latchkey.discovery.list`. */
export interface Discovery {
  readonly devices: readonly DiscoveredDevice[]
}

/** Input of `latchkey.invite.create`, as far as an app needs it: the reference has the rest. */
export interface InviteInput {
  /** A person's id, an e-mail address, or, with `issuer`, what that issuer calls somebody. */
  readonly to: string
  readonly issuer?: string
  readonly ecosystem: string
  readonly level: number
  /** How often it can be redeemed. Default 1. */
  readonly uses?: number
  /** For instance `2d`, or a time with its offset. Default 7 days. */
  readonly expires?: string
  /** No code: what it gives waits for the next sign-in of whom it is for. */
  readonly waits?: boolean
  readonly [term: string]: unknown
}

/** Result of `latchkey.invite.create`. */
export interface Invited {
  readonly id: string
  readonly expires_at: number
  /** Shown here and nowhere else; absent where none was wanted. */
  readonly code?: string
}

/** Result of `latchkey.invite.redeem`: the grant. */
export interface Redeemed {
  readonly id: string
  readonly ecosystem: string
  readonly level: number
  /** `null`: until it is revoked. */
  readonly expires_at: number | null
}

/** Result of `latchkey.session.refresh`. */
export interface Refreshed {
  /** When the newer proof ends. */
  readonly expires_at: number
}

/** What `latchkey.approval.on_request` and `on_decided` tell of a request. */
export interface ApprovalNews {
  readonly id: string
  readonly state: 'pending' | 'approved' | 'denied'
  /** Who asks: a person's id, or `device:` and a device's. */
  readonly requester: string
  readonly ecosystem: string
  readonly device: string
  readonly uri: string
  readonly action: CapabilityAction
  readonly expires_at: number
  /** Only to who has asked. */
  readonly ticket?: string
}

/** Result of `latchkey.approval.state`. */
export interface ApprovalProgress {
  readonly state: 'pending' | 'approved' | 'denied'
  /** Why it cannot be done now, as UMA 2.0 says it; absent: it can. */
  readonly error?: 'request_submitted' | 'request_denied'
  /** Seconds to wait before asking again; absent: there is nothing to wait for. */
  readonly interval?: number
  /** While it waits, when that ends; else when what was given ends. */
  readonly expires_at: number
}

/** What `latchkey.unlock.on_request` and `on_decided` tell of a request by a plan for emergencies. */
export interface UnlockNews {
  readonly id: string
  readonly plan: string
  readonly owner: string
  readonly ecosystem: string
  readonly level: number
  readonly uri: string | null
  readonly state: 'gathering' | 'waiting' | 'granted' | 'vetoed' | 'withdrawn'
  /** Ids of those who ask. */
  readonly requesters: readonly string[]
  /** How many must ask. */
  readonly quorum: number
  /** When it is granted unless the owner says no; `null`: the wait has not begun. */
  readonly due_at: number | null
  /** When what was granted ends; `null`: nothing was. */
  readonly ends_at: number | null
}
