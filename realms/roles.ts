import type { RealmConfig } from './definition.ts'

/** The roles that the configuration itself gives in a realm: to anonymous and to components. */
export function configuredRoles({
  authmethods,
  principals,
}: Pick<RealmConfig, 'authmethods' | 'principals'>): readonly string[] {
  const anonymous = authmethods.includes('anonymous') ? ['anonymous'] : []
  return [...new Set([...anonymous, ...principals.map(({ role }) => role)])]
}

/** The end of a sentence on a role that is none of them. */
export function allowedRoles(roles: readonly string[]): string {
  return roles.length === 0 ? 'none, as nobody could have it' : roles.join(', ')
}
