import type { Authenticator } from '../router/access.ts'

/** Anybody, without proof: only for realms whose configuration asks for it. The authid is good for this session alone. */
export function anonymousAuthenticator(): Authenticator {
  return {
    method: 'anonymous',
    begin: (_request, { session }) => ({
      kind: 'anonymous',
      authid: `anonymous_${session}`,
      authrole: 'anonymous',
      authmethod: 'anonymous',
      authprovider: 'static',
    }),
  }
}
