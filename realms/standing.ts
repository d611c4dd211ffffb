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
 * The devices of a realm that are here. A device has one session: a newer one takes its place. One whose connection
 * broke without a word comes back before the router has noticed, and would find its own procedures taken.
 */
export class DevicesHere {
  readonly #sessions = new Map<string, Session>()

  joined(session: Session): void {
    const { kind, authid } = session.principal
    if (kind !== 'device') return
    const before = this.#sessions.get(authid)
    this.#sessions.set(authid, session)
    before?.drop('replaced')
  }

  left(session: Session): void {
    const { authid } = session.principal
    if (this.#sessions.get(authid) === session) this.#sessions.delete(authid)
  }
}

/**
 * Ends the sessions of people that are disabled and devices that are quarantined, in every realm. The reason is for
 * the record: whoever falls is not told what is known of it.
 */
export function endSessionsOfTheFallen(router: Router, ecosystems: Ecosystems): void {
  ecosystems.onFallen(({ kind, id }) => {
    for (const realm of router.realms.values()) {
      for (const session of realm.sessions.values()) {
        const { principal } = session
        if (principal.kind === kind && principal.authid === id) session.kill()
      }
    }
  })
}
