import type { IncomingHttpHeaders } from 'node:http'
import { isIP } from 'node:net'

/**
 * Whether the web page that a connection comes from may use this endpoint. Other programs send no Origin.
 *
 * That Origin and Host are equal proves nothing by itself: a foreign page can have its own name resolve to our address
 * (DNS rebinding), and then both carry that name. So a page of ours is one under `localhost`, under an address, which
 * no name server can change, or under the name that we listen on; all others must be in `allowed`.
 */
export function originAllowed(
  { origin, host }: IncomingHttpHeaders,
  ownHost: string | undefined,
  allowed: readonly string[],
): boolean {
  if (origin === undefined) return true
  if (allowed.includes('*') || allowed.includes(origin)) return true
  if (!URL.canParse(origin)) return false
  const page = new URL(origin)
  if (page.host !== host) return false
  const name = page.hostname.replace(/^\[(.*)\]$/, '$1')
  return name === 'localhost' || name.endsWith('.localhost') || isIP(name) !== 0 || name === ownHost
}

/**
 * Whether what a browser sends along for its reader, its cookies, is to count: not for a page that may connect merely
 * because any may, as it would act for whoever reads it. SameSite alone keeps it from no page of the same site.
 */
export function cookiesCount(
  headers: IncomingHttpHeaders,
  ownHost: string | undefined,
  allowed: readonly string[],
): boolean {
  if (headers.origin === undefined) return true
  const named = allowed.filter((origin) => origin !== '*')
  return originAllowed(headers, ownHost, named)
}
