import type { CapabilityAction } from './device.ts'

/** Key: id. */
export interface EcosystemRow {
  readonly id: string
  readonly realm: string
  readonly name: string
  /** The person whose it is; `null`: the operator's alone. */
  readonly owner: string | null
  /** Devices here learn a name of their own for each person, which no other ecosystem's devices know. */
  readonly pseudonyms: boolean
  readonly status: 'active' | 'deleted'
  readonly createdAt: number
}

/** One ecosystem spans another: who has a level in the parent has one in the child. Key: parent and child. */
export interface EcosystemEdgeRow {
  readonly parent: string
  readonly child: string
  /** The child's level for each of the parent's; a level that is absent gives nothing. */
  readonly levels: Readonly<Record<string, number>>
  readonly createdAt: number
}

/** Key: id. */
export interface GroupRow {
  readonly id: string
  readonly ecosystem: string
  readonly name: string
  readonly status: 'active' | 'deleted'
  readonly createdBy: string
  readonly createdAt: number
}

/** Key: group, kind and member. */
export interface GroupMemberRow {
  readonly group: string
  readonly kind: 'person' | 'device'
  readonly member: string
  readonly addedBy: string
  readonly addedAt: number
}

/**
 * What a level means in an ecosystem beyond the capabilities' own: `allow` opens it to this level and all better ones,
 * `deny` shuts it to this level and all worse ones, so that a better level never has less. Key: id.
 */
export interface LevelPolicyRow {
  readonly id: string
  readonly ecosystem: string
  readonly level: number
  readonly uri: string
  readonly match: 'exact' | 'prefix'
  readonly actions: readonly CapabilityAction[]
  readonly effect: 'allow' | 'deny'
  readonly createdBy: string
  readonly createdAt: number
}

/** A component that has a word in decisions, besides the house. Key: realm and procedure. */
export interface AuthorizerRow {
  readonly realm: string
  readonly procedure: string
  /** Prefix of the URIs that it is asked about. */
  readonly scope: string
  /** `narrow`: it can only say no to what the house allows. `replace`: its word alone counts. */
  readonly mode: 'narrow' | 'replace'
  readonly timeoutMs: number
  readonly createdBy: string
  readonly createdAt: number
}
