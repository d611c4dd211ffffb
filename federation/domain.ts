/** Whose sessions, and since when. One of `subject` and `sid` is there. */
export interface EndedSessions {
  readonly issuer: string
  readonly subject?: string
  /** The provider's session: only those that came by a token of it. */
  readonly sid?: string
  /** Only those that came by a token issued at or before this, in milliseconds since the epoch. Absent: all. */
  readonly since?: number
  /** For the record; whoever is ended is not told. */
  readonly reason: string
}

/** An identity and why something happens to it. */
export interface IdentityChange {
  readonly issuer: string
  readonly subject: string
  readonly reason: string
}

/**
 * What the word of a provider does here. What takes works in memory when the call returns; the promise is about the
 * store. An identity that nobody has come by yet is no error.
 * @throws DomainError unavailable when it could not be stored
 */
export interface FederatedIdentities {
  /** Nobody comes by it any more, and the sessions of those who did end; outlives restarts. */
  disable(identity: IdentityChange): Promise<unknown>
  /** Takes back what `disable` did, and nothing else. `undefined`: there is nothing of it to take back. */
  enable(identity: IdentityChange): Promise<object | undefined>
  endSessions(ended: EndedSessions): Promise<unknown>
}

/** Where it is written down that a provider's word was followed. */
export type Record = (entry: {
  readonly issuer: string
  /** Absent where it named a session alone. */
  readonly subject?: string
  /** What was done, for instance `disable`. */
  readonly effect: string
  /** Why, in the provider's words. */
  readonly reason: string
}) => void
