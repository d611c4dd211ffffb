import type { AuditRow } from './rows.ts'
import type { RowTypes } from './tables.ts'

export type * from './rows.ts'
export type { Noun, RowTypes } from './tables.ts'

/** Everything decisions read. Loaded once at the start; if that fails the house refuses to serve. */
export interface Snapshot {
  readonly idps: readonly RowTypes['idp'][]
  readonly people: readonly RowTypes['person'][]
  readonly ecosystems: readonly RowTypes['ecosystem'][]
  readonly classes: readonly RowTypes['class'][]
  readonly identities: readonly RowTypes['identity'][]
  readonly cutoffs: readonly RowTypes['cutoff'][]
  readonly idpTrusts: readonly RowTypes['idpTrust'][]
  readonly authenticators: readonly RowTypes['authenticator'][]
  readonly localIdentities: readonly RowTypes['localIdentity'][]
  readonly ecosystemEdges: readonly RowTypes['ecosystemEdge'][]
  readonly groups: readonly RowTypes['group'][]
  readonly groupMembers: readonly RowTypes['groupMember'][]
  readonly levelPolicies: readonly RowTypes['levelPolicy'][]
  readonly authorizers: readonly RowTypes['authorizer'][]
  readonly devices: readonly RowTypes['device'][]
  readonly capabilities: readonly RowTypes['capability'][]
  readonly codes: readonly RowTypes['code'][]
  readonly deviceActs: readonly RowTypes['deviceAct'][]
  readonly shadows: readonly RowTypes['shadow'][]
  readonly grants: readonly RowTypes['grant'][]
  readonly grantUses: readonly RowTypes['grantUse'][]
  readonly invites: readonly RowTypes['invite'][]
  readonly approvals: readonly RowTypes['approval'][]
  readonly emergencyPlans: readonly RowTypes['emergencyPlan'][]
  readonly emergencyRequests: readonly RowTypes['emergencyRequest'][]
  readonly receipts: readonly RowTypes['receipt'][]
}

/** Inserts a row, or replaces the one with its key. */
export type Put = {
  [Each in keyof RowTypes]: { readonly kind: `${Each}.put`; readonly row: RowTypes[Each] }
}[keyof RowTypes]

/** Kinds of rows that are gone when they no longer hold; all others are kept with their end. */
export type Passing = 'cutoff' | 'ecosystemEdge' | 'groupMember' | 'levelPolicy' | 'authorizer'

/** Removes the row with this row's key, if it is there. */
export type Delete = {
  [Each in Passing]: { readonly kind: `${Each}.delete`; readonly row: RowTypes[Each] }
}[Passing]

/** One change. */
export type Change =
  | Put
  | Delete
  /** Fails with StoreConflict unless the code is there and was not redeemed before. */
  | {
      readonly kind: 'code.redeem'
      readonly hash: string
      readonly device: string
      readonly at: number
    }
  /** Counts one use. Fails with StoreConflict unless the row is there and has a use left. */
  | { readonly kind: 'grantUse.count'; readonly grant: string; readonly uri: string }
  | { readonly kind: 'invite.count'; readonly id: string }

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
