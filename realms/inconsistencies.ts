import { StaticPrincipals } from '../authenticators/principals.ts'
import { checkUri } from '../router/wire/uri.ts'
import { ownRoles, type RealmConfig } from './definition.ts'

/** What each key of a realm allows by itself and the realm as a whole does not. Keys are under `key`. */
export function realmInconsistencies(realm: RealmConfig, key: string): string[] {
  const problems: string[] = []
  const fault = faultOf(realm.principals)
  if (fault !== undefined) problems.push(`${key}.principals: ${fault}`)
  const anonymous = realm.authmethods.includes('anonymous') ? ['anonymous'] : []
  const roles = [...new Set([...anonymous, ...realm.principals.map(({ role }) => role)])]
  for (const [index, { role, uri, match }] of realm.rules.entries()) {
    const rule = `${key}.rules.${index}`
    if (!roles.includes(role)) {
      const allowed = roles.length === 0 ? 'none, as nobody could have it' : roles.join(', ')
      const why =
        ownRoles.includes(role) && role !== 'anonymous' ? ' (decided by grants, not by rules)' : ''
      problems.push(`${rule}.role was "${role}"${why}: allowed is ${allowed}`)
    }
    // The empty prefix stands for everything.
    const uriFault = match === 'prefix' && uri === '' ? undefined : checkUri(uri, { match })
    if (uriFault !== undefined) problems.push(`${rule}.uri was "${uri}": ${uriFault}`)
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
