/**
 * Something that was handed out under a secret name: a token, a ticket, a client. The name itself is nowhere in it.
 * Key: kind and hash.
 */
export interface TokenRow {
  /** For instance `AccessToken`. */
  readonly kind: string
  /** SHA-256 of the name, hex. */
  readonly hash: string
  readonly payload: Readonly<Record<string, unknown>>
  /** Whatever has the same falls together; `null`: falls alone. */
  readonly grantId: string | null
  /** By whom it is listed; `null`: by nobody. */
  readonly owner: string | null
  readonly createdAt: number
  /** `null`: it has no end of its own. */
  readonly expiresAt: number | null
  /** When it was used up; `null`: it was not. */
  readonly consumedAt: number | null
}

/** As many rows of one kind are there as may be. */
export class TokensFull extends Error {
  override readonly name = 'TokensFull'

  constructor(kind: string, max: number) {
    super(`there are ${max} rows of the kind ${kind} already (authority.limits.rows)`)
  }
}

/** Keeps what an authorization server has handed out. Times are milliseconds since the epoch. */
export interface TokenRows {
  /**
   * Inserts a row, or replaces the one with its key. Resolves when it will survive a power cut.
   * @throws TokensFull beyond `max` rows of that kind; StoreUnavailable
   */
  put(row: TokenRow, max: number): Promise<void>
  /** The row, used up or not; `undefined` once it has expired. */
  get(kind: string, hash: string, now: number): Promise<TokenRow | undefined>
  /** What has not expired of one kind, oldest first; with `owner` only that one's. */
  list(kind: string, now: number, owner?: string): Promise<TokenRow[]>
  /** Uses it up. Of any number of callers at once one gets `true`; what has expired is used up by nobody. */
  consume(kind: string, hash: string, now: number): Promise<boolean>
  /** Removes it. `false`: it was not there. */
  destroy(kind: string, hash: string): Promise<boolean>
  /** Removes everything of a grant. Returns the rows that are gone. */
  revoke(grantId: string): Promise<readonly Pick<TokenRow, 'kind' | 'hash'>[]>
  /** Removes what has expired. Returns how many rows. */
  expire(now: number): Promise<number>
}
