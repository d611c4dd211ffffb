import type { Realm } from '../../../router/realm.ts'

/** Ids of the devices that have a session in this realm now. */
export function devicesOnline(realm: Realm): ReadonlySet<string> {
  const online = new Set<string>()
  for (const { principal } of realm.sessions.values())
    if (principal.kind === 'device') online.add(principal.authid)
  return online
}
