/**
 * What a client does about a refusal.
 *
 * | at the join, ABORT with                                   | then                                   |
 * |-----------------------------------------------------------|----------------------------------------|
 * | `authentication_denied`, `no_such_principal`              | stops: the credential is not good      |
 * | `authentication_required`, `no_matching_auth_method`      | stops: the realm wants another method  |
 * | `no_such_realm`, `no_such_role`, `invalid_uri`            | stops: the configuration is wrong      |
 * | `not_authorized`, `authorization_denied`                  | stops: may not join this realm         |
 * | `authentication_failed`, `authorization_failed`           | tries again: it could not be checked   |
 * | anything else, and every failure of the connection        | tries again                            |
 *
 * After the join, GOODBYE with any reason (`wamp.close.killed` too) and a bare close alike: it joins anew. Where
 * the identity itself is dead, that join is refused by the table above.
 */
const finalAtJoin: ReadonlySet<string> = new Set([
  'wamp.error.authentication_denied',
  'wamp.error.no_such_principal',
  'wamp.error.authentication_required',
  'wamp.error.no_matching_auth_method',
  'wamp.error.no_such_realm',
  'wamp.error.no_such_role',
  'wamp.error.invalid_uri',
  'wamp.error.not_authorized',
  'wamp.error.authorization_denied',
])

/** Whether trying again cannot help after an ABORT with this URI at the join. */
export function isFinalAtJoin(uri: string): boolean {
  return finalAtJoin.has(uri)
}

/**
 * ERROR to a REGISTER, SUBSCRIBE or announcement that will be the same next time. Others are tried again, such as
 * `procedure_already_exists`: the router may not have noticed yet that our own last session is gone.
 */
const finalInSession: ReadonlySet<string> = new Set([
  'wamp.error.not_authorized',
  'wamp.error.authorization_denied',
  'wamp.error.authorization_required',
  'wamp.error.invalid_uri',
  'wamp.error.invalid_argument',
])

/** Whether asking again cannot help after an ERROR with this URI. */
export function isFinalInSession(uri: string): boolean {
  return finalInSession.has(uri)
}
