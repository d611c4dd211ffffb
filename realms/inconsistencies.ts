import { SigningKey } from '../authenticators/ed25519.ts'
import { StaticPrincipals } from '../authenticators/principals.ts'
import { checkUri } from '../router/wire/uri.ts'
import { authorizationProblems } from './authorization-problems.ts'
import type { RealmConfig } from './definition.ts'
import { offersIn } from './dynamic-authenticator.ts'
import { ownRoles } from './principal-definition.ts'
import { allowedRoles, configuredRoles } from './roles.ts'
import { topicProblems } from './topic-definition.ts'

/** What each key of a realm allows by itself and the realm as a whole does not. Keys are under `key`. */
export function realmInconsistencies(realm: RealmConfig, key: string): string[] {
  const problems: string[] = []
  const fault = faultOf(realm.principals)
  if (fault !== undefined) problems.push(`${key}.principals: ${fault}`)
  const roles = configuredRoles(realm)
  for (const [index, { role, uri, match }] of realm.rules.entries()) {
    const rule = `${key}.rules.${index}`
    // A dynamic authenticator gives roles that are not known before.
    const given = realm.authenticator !== undefined && !ownRoles.includes(role)
    if (!roles.includes(role) && !given) {
      const why =
        ownRoles.includes(role) && role !== 'anonymous' ? ' (decided by grants, not by rules)' : ''
      problems.push(`${rule}.role was "${role}"${why}: allowed is ${allowedRoles(roles)}`)
    }
    // The empty prefix stands for everything.
    const uriFault = match === 'prefix' && uri === '' ? undefined : checkUri(uri, { match })
    if (uriFault !== undefined) problems.push(`${rule}.uri was "${uri}": ${uriFault}`)
  }
  problems.push(...topicProblems(realm.topics, realm.strictUris, `${key}.topics`))
  return [...problems, ...authenticationProblems(realm, key), ...authorizationProblems(realm, key)]
}

/** What each realm allows by itself and all of them together do not. */
export function realmsInconsistencies(realms: readonly RealmConfig[]): string[] {
  return realms.flatMap((realm, index) => [
    ...elsewhereProblems(realm, realms, `realms.${index}`),
    ...offerProblems(realm, realms, `realms.${index}`),
    ...routerKeyProblems(realm, realms, `realms.${index}`),
  ])
}

/** Where a dynamic authenticator is asked in another realm than its own. */
function elsewhereProblems(
  { authenticator }: RealmConfig,
  realms: readonly RealmConfig[],
  key: string,
): string[] {
  if (authenticator?.realm === undefined) return []
  const { realm: uri, role } = authenticator
  const realm = realms.find((each) => each.uri === uri)
  if (realm === undefined) {
    const allowed = realms.map((each) => each.uri).join(', ')
    return [`${key}.authenticator.realm was "${uri}": allowed are the realms ${allowed}`]
  }
  const roles = [...new Set(realm.principals.map((principal) => principal.role))]
  if (roles.includes(role) || ownRoles.includes(role)) return []
  const allowed = roles.length === 0 ? 'none, as nobody could have it' : roles.join(', ')
  return [`${key}.authenticator.role was "${role}": allowed in ${uri} is ${allowed}`]
}

/** Whom two authenticators ask by one procedure must be able to offer it for both. */
function offerProblems(
  { authenticator, uri }: RealmConfig,
  realms: readonly RealmConfig[],
  key: string,
): string[] {
  if (authenticator === undefined) return []
  const { procedure, role, realm = uri } = authenticator
  const offers = offersIn(realm, realms).filter((offer) => offer.procedure === procedure)
  const [first] = offers
  if (first === undefined || first.role === role) return []
  return [
    `${key}.authenticator.role was "${role}": allowed for ${procedure} in ${realm} is ${first.role}`,
  ]
}

/** The router signs what anybody asks it to sign by this key: whoever asks could join as a component that has it too. */
function routerKeyProblems(
  { routerKey }: RealmConfig,
  realms: readonly RealmConfig[],
  key: string,
): string[] {
  if (routerKey === undefined) return []
  const { publicKey } = new SigningKey(routerKey)
  const principals = realms.flatMap((realm) => realm.principals)
  const holder = principals.find((principal) => principal.publicKey === publicKey)
  if (holder === undefined) return []
  return [`${key}.routerKey was that of "${holder.authid}": allowed is one that nobody joins by`]
}

/** Who says who somebody is must be known by the configuration itself, else anybody could come to be asked. */
function authenticationProblems({ authenticator, principals }: RealmConfig, key: string): string[] {
  if (authenticator === undefined) return []
  const { procedure, role, realm } = authenticator
  const problems: string[] = []
  const fault = checkUri(procedure)
  if (fault !== undefined)
    problems.push(`${key}.authenticator.procedure was "${procedure}": ${fault}`)
  const roles = [...new Set(principals.map((principal) => principal.role))]
  if (ownRoles.includes(role)) {
    const allowed = `any role but ${ownRoles.join(', ')}`
    problems.push(`${key}.authenticator.role was "${role}": allowed is ${allowed}`)
  } else if (realm === undefined && !roles.includes(role)) {
    problems.push(`${key}.authenticator.role was "${role}": allowed is ${allowedRoles(roles)}`)
  }
  return problems
}

/** The router takes its components so as well, at the start. */
function faultOf(principals: RealmConfig['principals']): string | undefined {
  try {
    void new StaticPrincipals(principals)
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
