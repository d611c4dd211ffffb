/**
 * The bounds of the authorization server. Each is an option (`authority.limits`) with this default and a named reason
 * when it is hit; docs/CONFIG.md lists them. Sizes in bytes, times in milliseconds.
 */
export interface AuthorityLimits {
  /** Requests under way at once. Hit: the next is refused with 503 and `Retry-After`. */
  readonly requests: number
  /** Body of a request to one of our own endpoints. Hit: refused with 413. */
  readonly bodyBytes: number
  /** Tokens, tickets, resources or clients: of each kind so many. Hit: `temporarily_unavailable`. */
  readonly rows: number
  /** Between two removals of what has expired. */
  readonly sweepMs: number
  /** A protection API token. It also ends with the ID token by which it was got. */
  readonly patMs: number
  /** A requesting party token. It also ends with the ID token by which it was got. */
  readonly rptMs: number
  /** A permission ticket. Hit: `invalid_grant`. */
  readonly ticketMs: number
  /** From the first ticket to the last that it was exchanged for. Hit: `invalid_grant`. */
  readonly ticketChainMs: number
  /** Resources that one person has registered. Hit: refused, `invalid_request`. */
  readonly resources: number
  /** Scopes of one resource. Hit: refused, `invalid_request`. */
  readonly scopes: number
  /** Resources in one permission request or token. Hit: refused, `invalid_request`. */
  readonly permissions: number
  /** From a device's request to the end of its codes. Hit: `expired_token`. */
  readonly deviceCodeMs: number
  /** Between two polls of a device, at first. Hit: `slow_down`, and as much more from then on. */
  readonly deviceIntervalMs: number
  /** Devices that wait to be claimed. Hit: the next is refused with 503. */
  readonly deviceCodes: number
  /** The same of one address. Hit: the next is refused with 429. */
  readonly deviceCodesPerAddress: number
  /** Wrong user codes of one asker in `userCodeGuessMs`. Hit: the next is refused, whatever it is. */
  readonly userCodeGuesses: number
  readonly userCodeGuessMs: number
}

export const defaultAuthorityLimits: AuthorityLimits = {
  requests: 100,
  bodyBytes: 65_536,
  rows: 10_000,
  sweepMs: 60_000,
  patMs: 3_600_000,
  rptMs: 3_600_000,
  ticketMs: 300_000,
  ticketChainMs: 3_600_000,
  resources: 1_000,
  scopes: 64,
  permissions: 32,
  deviceCodeMs: 600_000,
  deviceIntervalMs: 5_000,
  deviceCodes: 1_000,
  deviceCodesPerAddress: 20,
  userCodeGuesses: 5,
  userCodeGuessMs: 60_000,
}
