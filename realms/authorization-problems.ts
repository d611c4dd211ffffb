import { Schemas } from '../authorizers/schemas.ts'
import { isNamedUnder } from '../authorizers/reserved-names.ts'
import { validated } from '../authorizers/validated.ts'
import { definitionFault } from '../router/reflection-definition.ts'
import { checkUri } from '../router/wire/uri.ts'
import type { RealmConfig } from './definition.ts'
import { ownRoles } from './principal-definition.ts'
import { allowedRoles, configuredRoles } from './roles.ts'

/** What is wrong with how a realm decides, besides its rules. Keys are under `key`. */
export function authorizationProblems(realm: RealmConfig, key: string): string[] {
  return [
    ...authorizerProblems(realm, `${key}.authorizer`),
    ...payloadProblems(realm, key),
    ...definitionProblems(realm, `${key}.definitions`),
  ]
}

function authorizerProblems(realm: RealmConfig, key: string): string[] {
  const { authorizer } = realm
  if (authorizer === undefined) return []
  const { procedure, role, decides } = authorizer
  const problems: string[] = []
  const fault = checkUri(procedure)
  const isOurs = ['wamp', 'latchkey', 'user'].some((root) => isNamedUnder(procedure, root))
  if (fault !== undefined || isOurs) {
    const why = fault ?? 'allowed is a name that is not under wamp, latchkey or user'
    problems.push(`${key}.procedure was "${procedure}": ${why}`)
  }
  if (ownRoles.includes(role)) {
    problems.push(`${key}.role was "${role}": allowed is any role but ${ownRoles.join(', ')}`)
  } else problems.push(...unknownRole(realm, role, `${key}.role`))
  for (const [index, decided] of decides.entries()) {
    const own = ownRoles.includes(decided) && decided !== 'anonymous'
    // It would be asked whether it may answer.
    if (!own && decided !== role) {
      problems.push(...unknownRole(realm, decided, `${key}.decides.${index}`))
      continue
    }
    const why = own ? 'decided by grants' : 'the role of the authorizer itself'
    problems.push(`${key}.decides.${index} was "${decided}" (${why}): allowed is another role`)
  }
  return problems
}

/** Whoever was meant by a misspelt name would be decided by rules instead. */
function unknownRole(realm: RealmConfig, role: string, key: string): string[] {
  const roles = configuredRoles(realm)
  // A dynamic authenticator gives roles that are not known before.
  if (realm.authenticator !== undefined || roles.includes(role)) return []
  return [`${key} was "${role}": allowed is ${allowedRoles(roles)}`]
}

function payloadProblems(
  { schemas: named = {}, payloads = [] }: RealmConfig,
  key: string,
): string[] {
  const problems: string[] = []
  let schemas: Schemas
  try {
    schemas = new Schemas(named)
  } catch (error) {
    return [`${key}.schemas.${messageOf(error)}`]
  }
  for (const [index, rule] of payloads.entries()) {
    const { uri, match } = rule
    const fault = match === 'prefix' && uri === '' ? undefined : checkUri(uri, { match })
    if (fault !== undefined) problems.push(`${key}.payloads.${index}.uri was "${uri}": ${fault}`)
    try {
      validated(() => undefined, [rule], schemas)
    } catch (error) {
      problems.push(`${key}.payloads.${index}: ${messageOf(error)}`)
    }
  }
  return problems
}

function definitionProblems({ definitions = [] }: RealmConfig, key: string): string[] {
  const problems: string[] = []
  const seen = new Set<string>()
  for (const [index, { uri, type, ...description }] of definitions.entries()) {
    const fault = definitionFault(uri, type, description)
    if (fault !== undefined) problems.push(`${key}.${index} was ${type} "${uri}": ${fault}`)
    if (seen.has(`${type} ${uri}`)) {
      problems.push(`${key}.${index} was ${type} "${uri}": it is described before`)
    }
    seen.add(`${type} ${uri}`)
  }
  return problems
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
