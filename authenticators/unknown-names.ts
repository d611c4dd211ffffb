import type { Authenticator } from '../router/access.ts'
import { WampError } from '../router/wire/errors.ts'

/** Throws to tell that there is nobody of that name; does nothing where there is, or where nobody is to be told. */
export type MayTell = (authid: string) => void

/**
 * Tells who asks for a name that there is none: `wamp.error.no_such_principal`. Accounts can be found out by it, so it
 * is for realms alone whose configuration asks for it; without, an unknown name looks like any other.
 */
export function tellUnknownNames(known: { has(authid: string): boolean }): MayTell {
  return (authid) => {
    if (!known.has(authid))
      throw new WampError('wamp.error.no_such_principal', 'there is nobody of that name')
  }
}

/** Tells who asks for a role (HELLO.Details.authrole) that there is none: `wamp.error.no_such_role`. */
export function tellUnknownRoles(first: Authenticator, roles: ReadonlySet<string>): Authenticator {
  return {
    ...first,
    begin(request, attempt) {
      const { authrole } = request.details
      if (typeof authrole === 'string' && !roles.has(authrole))
        throw new WampError('wamp.error.no_such_role', 'there is no such role in this realm')
      return first.begin(request, attempt)
    },
  }
}
