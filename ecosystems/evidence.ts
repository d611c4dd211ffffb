import type { CapabilityAction } from './store/store.ts'

/** What the proof of a session showed, besides who it is. Whoever authenticates fills it in; decisions read it. */
export interface Evidence {
  /** The federated identity by which the person came. */
  readonly identity?: {
    readonly issuer: string
    readonly subject: string
    /** The provider's session (OpenID Connect Back-Channel Logout, `sid`). */
    readonly sid?: string
    /** When the token was issued, in milliseconds since the epoch by the provider's clock. */
    readonly issuedAt?: number
  }
  /** What the provider says of how the person signed in, in its own words. */
  readonly acr?: string
  readonly amr?: readonly string[]
  /** When the person signed in, in milliseconds since the epoch. */
  readonly authAt?: number
  /** Whoever comes so has no better level than this anywhere: for weak methods. */
  readonly maxLevel?: number
  /** The local identity by which the person came. */
  readonly local?: {
    readonly id: string
    readonly ecosystem: string
    /** It counts only while the provider cannot be reached. */
    readonly fallback: boolean
  }
  /** The session may do this and nothing else (UMA: what its token permits). */
  readonly permissions?: readonly {
    readonly uri: string
    readonly action: CapabilityAction
  }[]
}

const none: Evidence = {}

/** The evidence that a principal carries. */
export function evidenceOf(principal: { readonly evidence?: object }): Evidence {
  return principal.evidence ?? none
}
