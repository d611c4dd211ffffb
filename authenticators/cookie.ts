import type { Authenticator, Principal } from '../router/access.ts'
import type { CookieJar } from './cookie-jar.ts'
import { denied } from './refusals.ts'

/** What cookies are checked against. */
export interface CookieParts {
  readonly jar: Pick<CookieJar, 'principalOf'>
  /** Whether the party was shut out since. */
  readonly fallen: (principal: Principal) => boolean
}

/**
 * The cookie that the router gave with an earlier connection on which the client proved who it is
 * (rfc/text/advanced/authentication.md, Cookie-based Authentication). There is no CHALLENGE: the cookie came with the
 * HTTP request.
 */
export function cookieAuthenticator({ jar, fallen }: CookieParts): Authenticator {
  return {
    method: 'cookie',
    // A cookie that stands for nobody is none: the client's next method is tried.
    accepts: ({ realm }, { peer }) => jar.principalOf(peer, realm) !== undefined,
    begin({ realm }, { peer }) {
      const principal = jar.principalOf(peer, realm)
      if (principal === undefined || fallen(principal)) throw denied()
      return principal
    },
  }
}
