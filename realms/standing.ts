import type { Ecosystems } from '../ecosystems/ecosystems.ts'
import type { Principal } from '../router/access.ts'
import type { Router } from '../router/router.ts'
import type { Session } from '../router/session.ts'

/** Whether the party behind a principal was shut out meanwhile. */
export function fallen({ kind, authid }: Principal, { people, devices }: Ecosystems): boolean {
  if (kind === 'person') return people.get(authid)?.status !== 'active'
  if (kind === 'device') return devices.get(authid)?.status !== 'active'
  return false
}

/**
 * A device has one session: a newer one takes its place. One whose connection broke without a word comes back
 * before the router has noticed, and would find its own procedures taken.
 */
export function endDuplicates(session: Session): void {
  const { kind, authid } = session.principal
  if (kind !== 'device') return
  for (const other of session.realm.sessions.values()) {
    if (other !== session && other.principal.kind === kind && other.principal.authid === authid) {
      other.drop('replaced')
    }
  }
}

/** Ends the sessions of people that are disabled and devices that are quarantined, in every realm. */
export function endSessionsOfTheFallen(router: Router, ecosystems: Ecosystems): void {
  ecosystems.onFallen(({ kind, id, reason }) => {
    for (const realm of router.realms.values()) {
      for (const session of realm.sessions.values()) {
        const { principal } = session
        if (principal.kind === kind && principal.authid === id) session.kill(undefined, reason)
      }
    }
  })
}
