import { ownCookie, type PeerFacts } from '../access.ts'
import type { Router } from '../router.ts'

/** A cookie that goes out with an answer. */
export interface GivenCookie {
  readonly value: string
  /** Of the Set-Cookie header. */
  readonly header: string
}

/**
 * The cookie for a client that opens a transport by HTTP; `undefined` where the router gives none, and where the client
 * has one that says who it is. No script can read it, and no other site makes a browser send it; over TLS it never
 * leaves by a connection without.
 */
export function cookieFor(
  { cookies: issuer }: Router,
  { cookies, encrypted }: Pick<PeerFacts, 'cookies' | 'encrypted'>,
): GivenCookie | undefined {
  const value = issuer?.issue(cookies)
  if (issuer === undefined || value === undefined) return undefined
  const seconds = Math.floor(issuer.lifetimeMs / 1_000)
  const secure = encrypted === true ? '; Secure' : ''
  const header = `${ownCookie}=${value}; Path=/; Max-Age=${seconds}; HttpOnly; SameSite=Strict${secure}`
  return { value, header }
}
