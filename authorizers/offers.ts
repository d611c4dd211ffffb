import type { Authorizer } from '../router/access.ts'

/** A procedure by which the router itself asks. */
export interface Offer {
  /** Exact URI. */
  readonly procedure: string
  /** The only role whose components can offer it. */
  readonly role: string
}

/**
 * Denies to offer what the router itself asks by, to all but components of the role: whoever else shared it or took it
 * over would stop what depends on the answers. Those of the role may do what others say.
 */
export function offersAuthorizer(offers: readonly Offer[]): Authorizer {
  return ({ action, uri, match, principal }) => {
    if (action !== 'register' || match !== 'exact') return undefined
    const { kind, authrole, expiresAt: until = Infinity } = principal
    const isForeign = offers.some(
      ({ procedure, role }) => procedure === uri && (kind !== 'component' || authrole !== role),
    )
    return isForeign ? { allow: false, reason: 'wamp.error.not_authorized', until } : undefined
  }
}
