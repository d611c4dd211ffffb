/** How strongly somebody has proven who he is, weakest first (NIST SP 800-63B). */
export type Assurance = 'aal1' | 'aal2' | 'aal3'

/**
 * What a provider's words are worth here: its `acr`, or one of its `amr`, as our own. What it does not name is `aal1`:
 * a provider's words mean what its house says they mean, and nothing by themselves.
 */
export type AssuranceMap = Readonly<Record<string, Assurance>>

/** An OpenID provider that is trusted, for tokens with this audience. Key: issuer and clientId. */
export interface IdpRow {
  readonly issuer: string
  readonly clientId: string
  /** Where its keys are, if not where its discovery document says. */
  readonly jwksUri: string | null
  readonly status: 'active' | 'disabled'
  /** Counts in every ecosystem that says nothing of it. If not, only where an `IdpTrustRow` says so. */
  readonly everywhere: boolean
  readonly acrMap: AssuranceMap
  /** Where opaque access tokens are asked about (RFC 7662), as whom; the secret stays in its file. */
  readonly introspection: {
    readonly endpoint: string
    readonly clientId: string
    readonly secretFile: string
  } | null
  /** `aud` of its security events (RFC 8417), if not the client id. */
  readonly eventsAudience: string | null
  readonly createdAt: number
}

/** How far one ecosystem trusts a provider. Key: ecosystem and issuer. */
export interface IdpTrustRow {
  readonly ecosystem: string
  readonly issuer: string
  readonly status: 'active' | 'disabled'
  /** Nobody who comes by this provider has a better level there than this. */
  readonly maxLevel: number
  /** Goes before the provider's own map; `null`: there is none. */
  readonly acrMap: AssuranceMap | null
}

/** An account of ours. Key: id. */
export interface PersonRow {
  readonly id: string
  readonly name: string
  readonly status: 'active' | 'disabled'
  /** Tokens issued at or before this prove nothing any more: the account was in wrong hands. */
  readonly proofsAfter: number | null
  readonly createdAt: number
}

/** A federated identity. Key: issuer and subject. Never an e-mail address. */
export interface IdentityRow {
  readonly issuer: string
  readonly subject: string
  readonly person: string
  /**
   * `disabled`: its provider, or the house, says that nobody may come by it any more. `unlinked`: it no longer leads to
   * this person, and whoever comes by it next is somebody new.
   */
  readonly status: 'active' | 'disabled' | 'unlinked'
  /** Who says so of a disabled one, else `null`: what the house has disabled, no provider enables. */
  readonly disabledBy: 'house' | 'provider' | null
  /** When it began to lead to this person. */
  readonly createdAt: number
}

/**
 * What a provider has taken back of tokens that have not ended: of a subject, of one session (`sid`) at the provider, or
 * of both; of everybody where neither is named. Key: issuer, subject and sid.
 */
export interface CutoffRow {
  readonly issuer: string
  /** Whose; '': of whomever it is. */
  readonly subject: string
  /** The session; '': of all of them. */
  readonly sid: string
  /** Tokens issued at or before this; of a session, all. */
  readonly at: number
  /** Until when it is told apart from what is for everybody. */
  readonly keptUntil: number
}

/** Something by which a person confirms: a watch, a phone, a passkey. Key: id. */
export interface AuthenticatorRow {
  readonly id: string
  readonly person: string
  readonly name: string
  readonly kind: 'watch' | 'phone' | 'key' | 'passkey'
  /** Ed25519 in lower-case hex; of a passkey its COSE key in base64url. Unique. */
  readonly publicKey: string
  /** Of a passkey. */
  readonly credential: {
    readonly id: string
    readonly counter: number
    readonly transports: readonly string[]
  } | null
  /** What its word is worth: never more than the proof under which it was enrolled. */
  readonly acr: Assurance
  readonly status: 'active' | 'suspended' | 'revoked'
  readonly createdAt: number
}

/** By which a person is known at locks when the provider cannot be reached. Key: id. */
export interface LocalIdentityRow {
  readonly id: string
  readonly person: string
  readonly ecosystem: string
  readonly kind: 'key' | 'pin'
  /** Of a key: Ed25519 in lower-case hex. */
  readonly publicKey: string | null
  /** Of a PIN: its hash with salt and cost, as text. */
  readonly pin: string | null
  /** The one lock at which the PIN counts. */
  readonly device: string | null
  readonly maxLevel: number
  readonly mode: 'idp_down' | 'always'
  readonly status: 'active' | 'revoked'
  readonly createdBy: string
  readonly createdAt: number
}
