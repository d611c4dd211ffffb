import { ownCookie, type PeerFacts } from './access.ts'
import { emptyDict, type Dict } from './wire/message.ts'

/**
 * What a transport says of who is at its other end: HELLO.Details.transport.auth as authenticators see it
 * (rfc/text/advanced/authentication.md, Transport-level Authentication). The application's own cookies are in it,
 * which an authenticator of the application may know; the router's is not.
 */
export function transportAuth({ certificate, cookies }: PeerFacts): Dict {
  if (certificate === undefined && cookies === undefined) return emptyDict
  const auth: Record<string, unknown> = {}
  if (certificate !== undefined) {
    const { subject, fingerprint256, subjectAltNames, authorized } = certificate
    auth['certificate'] = { subject, fingerprint256, subjectAltNames, authorized }
  }
  if (cookies !== undefined) {
    auth['cookies'] = Object.fromEntries(
      Object.entries(cookies).filter(([name]) => name !== ownCookie),
    )
  }
  return auth
}
