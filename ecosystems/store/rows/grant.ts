import type { CapabilityAction } from './device.ts'

/** Who holds levels by himself. */
export type SubjectKind = 'person' | 'device'

/** To whom a grant can be given. The subject of an `identity` is `identityKey(issuer, subject)`. */
export type GranteeKind = SubjectKind | 'group' | 'identity'

/**
 * A right that somebody was given. `level`: that level; `allow`: this, whatever the level; `deny`: not this, whatever
 * else is granted. Key: id.
 */
export interface GrantRow {
  readonly id: string
  readonly subjectKind: GranteeKind
  readonly subject: string
  /** `null`: the grant is about names of a person's own (`user.<id>.…`), and about nothing else. */
  readonly ecosystem: string | null
  /** Only with this device of the ecosystem. */
  readonly device: string | null
  /** Only this, or what begins so. */
  readonly uri: string | null
  readonly match: 'exact' | 'prefix'
  /** Only to do this; `null`: whatever the level allows. */
  readonly actions: readonly CapabilityAction[] | null
  readonly effect: 'level' | 'allow' | 'deny'
  /** 1 is the highest. */
  readonly level: number
  /** Holds from then on; `null`: at once. */
  readonly notBefore: number | null
  readonly expiresAt: number | null
  /** Weekly hours in a time zone, for instance `sat,sun 10:00-18:00 Europe/Berlin`. */
  readonly schedule: string | null
  /** How often a URI may be called by it; one that is absent, as often as wished; `*`: all together. */
  readonly uses: Readonly<Record<string, number>> | null
  /** Through how many hands it may be given on. */
  readonly delegable: number
  /** The grant by which it was given: falls with it. `null`: given by the operator, or by a person to names of his own. */
  readonly parent: string | null
  /** What for, in the words of whoever gave it. */
  readonly purpose: string | null
  /** How it came to be. */
  readonly source: 'grant' | 'invite' | 'approval' | 'emergency' | 'share'
  /** Id of the invite, approval or emergency request. */
  readonly sourceId: string | null
  /** Who gave it, as `kind:id`. */
  readonly createdBy: string
  readonly createdAt: number
  readonly revokedAt: number | null
  /** Given while an account was in wrong hands, and to be looked at: of no use until it is lifted. */
  readonly suspendedAt: number | null
}

/** How often a URI was called by a grant. Key: grant and uri. */
export interface GrantUseRow {
  readonly grant: string
  readonly uri: string
  readonly used: number
  readonly uses: number
}

/** What an invite's grant will be like: the terms of a `GrantRow`. */
export type GrantTerms = Pick<
  GrantRow,
  'level' | 'device' | 'uri' | 'match' | 'actions' | 'schedule' | 'uses' | 'delegable' | 'purpose'
> & {
  /** How long it will hold from redemption on, in milliseconds; `null`: as long as `expiresAt` says. */
  readonly ttlMs: number | null
  readonly notBefore: number | null
  readonly expiresAt: number | null
}

/**
 * An invitation. Bound to an identity or to a claim that a provider has verified, of which only the SHA-256 is kept;
 * without a code it waits for that identity's first sign-in. Key: id.
 */
export interface InviteRow {
  readonly id: string
  /** SHA-256 of the code, hex; `null`: there is none. */
  readonly hash: string | null
  readonly ecosystem: string
  readonly boundKind: 'person' | 'identity' | 'email'
  /** The person's id, the identity's key, or the SHA-256 of the address in lower case. */
  readonly bound: string
  readonly terms: GrantTerms
  readonly uses: number
  readonly used: number
  readonly expiresAt: number
  /** The grant of whoever invites. */
  readonly parent: string | null
  readonly createdBy: string
  readonly createdAt: number
  readonly revokedAt: number | null
  readonly suspendedAt: number | null
}

/** Somebody waits for an owner's word. Key: id. */
export interface ApprovalRow {
  readonly id: string
  /** SHA-256 of the ticket by which it is asked about. */
  readonly ticket: string
  readonly realm: string
  readonly requesterKind: SubjectKind
  readonly requester: string
  readonly ecosystem: string
  readonly device: string
  readonly uri: string
  readonly action: CapabilityAction
  readonly state: 'pending' | 'approved' | 'denied'
  readonly createdAt: number
  readonly expiresAt: number
  readonly decidedBy: string | null
  readonly decidedAt: number | null
  /** The grant that it became. */
  readonly grant: string | null
}

/** Who may ask for what when its owner cannot be reached. Key: id. */
export interface EmergencyPlanRow {
  readonly id: string
  readonly owner: string
  readonly delegates: readonly string[]
  readonly ecosystem: string
  readonly uri: string | null
  readonly match: 'exact' | 'prefix'
  readonly level: number
  /** How long the owner has to say no. */
  readonly waitMs: number
  /** How long it then holds. */
  readonly ttlMs: number
  /** How many delegates must ask for it. */
  readonly quorum: number
  /** Who hears of requests besides the owner. */
  readonly notify: readonly string[]
  readonly createdAt: number
  readonly revokedAt: number | null
}

/** Key: id. */
export interface EmergencyRequestRow {
  readonly id: string
  readonly plan: string
  /** Who has asked, and when. The wait begins with the one that makes the quorum. */
  readonly requesters: readonly { readonly person: string; readonly at: number }[]
  readonly state: 'gathering' | 'waiting' | 'granted' | 'vetoed' | 'withdrawn'
  /** When the wait ends. */
  readonly dueAt: number | null
  readonly decidedBy: string | null
  readonly decidedAt: number | null
  readonly grants: readonly string[]
  readonly createdAt: number
}

/** A signed consent to pay, good once. Key: id. */
export interface ReceiptRow {
  readonly id: string
  readonly person: string
  readonly payee: string
  readonly amount: string
  readonly currency: string
  readonly ref: string
  readonly createdAt: number
  readonly expiresAt: number
  readonly usedAt: number | null
}
