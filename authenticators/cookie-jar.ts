import { createHash, randomBytes } from 'node:crypto'
import type { Clock } from '../clock.ts'
import { ownCookie, type CookieIssuer, type PeerFacts, type Principal } from '../router/access.ts'

/** Bounds of the cookies that are remembered: `limits.cookies` and `limits.cookieMs`. */
export interface CookieBounds {
  readonly cookies: number
  readonly cookieMs: number
}

/** What a cookie stands for. */
interface Binding {
  readonly realm: string
  readonly principal: Principal
  /** Milliseconds since the epoch. */
  readonly expiresAt: number
}

/** 192 bits: not to be guessed, however many are tried. */
const valueBytes = 24

/**
 * The cookies that the router gave, with whom each stands for: once a session has proven itself by another method, the
 * cookie that came with its connection stands for it. Keeps digests, in memory alone: nobody who reads it can come in.
 *
 * A value is only ever bound on the connection with which it was given. So nobody can plant a cookie with a client that
 * becomes somebody's when that client proves who it is (session fixation).
 */
export class CookieJar implements CookieIssuer {
  /** By digest, the oldest first. */
  readonly #bindings = new Map<string, Binding>()
  readonly #bounds: CookieBounds
  readonly #clock: Clock

  constructor(bounds: CookieBounds, clock: Clock) {
    this.#bounds = bounds
    this.#clock = clock
  }

  get lifetimeMs(): number {
    return this.#bounds.cookieMs
  }

  get size(): number {
    return this.#bindings.size
  }

  issue(cookies: PeerFacts['cookies']): string | undefined {
    if (this.#find(cookies?.[ownCookie]) !== undefined) return undefined
    return randomBytes(valueBytes).toString('base64url')
  }

  /** Whom the client's cookie stands for in a realm. */
  principalOf({ cookies }: PeerFacts, realm: string): Principal | undefined {
    const binding = this.#find(cookies?.[ownCookie])
    if (binding?.realm !== realm) return undefined
    // A cookie never proves more than what it stands for, nor for longer.
    return { ...binding.principal, authmethod: 'cookie', expiresAt: binding.expiresAt }
  }

  /**
   * A session has proven who it is: its connection's cookie stands for it from now on. Whoever has a cookie of somebody
   * else, sent along or given for an earlier session of the connection, is not that somebody any more: the cookie falls.
   */
  remember({ cookies, givenCookie }: PeerFacts, realm: string, principal: Principal): void {
    if (principal.authmethod === 'cookie') return
    const { kind, authid } = principal
    let isKnown = false
    for (const value of [cookies?.[ownCookie], givenCookie]) {
      const before = this.#find(value)
      if (value === undefined || before === undefined) continue
      isKnown = true
      const { principal: other } = before
      if (before.realm === realm && (other.kind !== kind || other.authid !== authid))
        this.#bindings.delete(digestOf(value))
    }
    if (isKnown || givenCookie === undefined) return
    const digest = digestOf(givenCookie)
    const latest = this.#clock.now() + this.#bounds.cookieMs
    const expiresAt = Math.min(latest, principal.expiresAt ?? latest)
    this.#bindings.set(digest, { realm, principal, expiresAt })
    // The oldest ends first, or nearly so.
    for (const [oldest] of this.#bindings) {
      if (this.#bindings.size <= this.#bounds.cookies) break
      this.#bindings.delete(oldest)
    }
  }

  /** All cookies of a party that was shut out. */
  forget(party: { readonly kind: string; readonly authid: string }): void {
    for (const [digest, { principal }] of this.#bindings)
      if (principal.kind === party.kind && principal.authid === party.authid)
        this.#bindings.delete(digest)
  }

  #find(value: string | undefined): Binding | undefined {
    if (value === undefined) return undefined
    const digest = digestOf(value)
    const binding = this.#bindings.get(digest)
    if (binding === undefined || binding.expiresAt > this.#clock.now()) return binding
    this.#bindings.delete(digest)
    return undefined
  }
}

/** What is looked up is the digest, so how long that takes tells nothing of the values that there are. */
function digestOf(value: string): string {
  return createHash('sha256').update(value).digest('base64')
}
