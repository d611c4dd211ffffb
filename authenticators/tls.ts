import type { Clock } from '../clock.ts'
import type { Authenticator } from '../router/access.ts'
import type { StaticPrincipals } from './principals.ts'
import type { JoinRequest, Attempt, Principal } from '../router/access.ts'
import { denied } from './refusals.ts'
import type { AuthenticationLog } from './refusals.ts'

/** What certificates are checked against. */
export interface TlsParts {
  /** The realm's components. */
  readonly principals: Pick<StaticPrincipals, 'byCertificate'>
  /** Asked whose certificate it is when it is no component's, if our authority signed it. */
  readonly elsewhere?:
    ((request: JoinRequest, attempt: Attempt) => Promise<Principal | undefined>) | undefined
  readonly clock: Clock
  readonly log: AuthenticationLog
}

/**
 * The TLS client certificate as proof (rfc/text/advanced/authentication.md, TLS Certificate Authentication): that the
 * client has its key, the TLS handshake has shown, so there is no CHALLENGE. The session ends with the certificate.
 */
export function tlsAuthenticator({ principals, elsewhere, clock, log }: TlsParts): Authenticator {
  return {
    method: 'tls',
    // Who showed none may have another proof: the client's next method is tried.
    accepts: (_request, { peer }) => peer.certificate !== undefined,
    begin(request, attempt) {
      const { realm, session, peer } = attempt
      const { certificate } = peer
      if (certificate === undefined) throw denied()
      const { validTo: expiresAt, authorized, fingerprint256 } = certificate
      const refuse = (reason: string): never => {
        const { address } = peer
        log('info', 'join denied', { reason, realm, session, address, fingerprint256 })
        throw denied()
      }
      // Not a number, which is later than nothing, is no time either.
      if (!(expiresAt > clock.now())) return refuse('certificate_expired')
      const known = principals.byCertificate(certificate)
      if (known !== undefined) return { ...known, expiresAt }
      if (!authorized) return refuse('certificate_of_another_authority')
      if (elsewhere === undefined) return refuse('certificate_unknown')
      return elsewhere(request, attempt).then((found) =>
        found === undefined ? refuse('certificate_unknown') : { ...found, expiresAt },
      )
    },
  }
}
