import type { Ecosystems } from '../ecosystems/ecosystems.ts'
import type { Principal } from '../router/access.ts'
import type { Router } from '../router/router.ts'
import type { Session } from '../router/session.ts'
import { Turns } from '../router/turns.ts'

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

/** Sessions that are ended in one turn of the event loop, a few milliseconds. */
const endedAtOnce = 50

/**
 * Ends the sessions of people that are disabled and devices that are quarantined, in every realm. Nothing of them is
 * taken from the very moment on; where they are many, they are told in turns, so that everybody else is heard meanwhile.
 * The reason is for the record: whoever falls is not told what is known of it.
 */
export function endSessionsOfTheFallen(router: Router, ecosystems: Ecosystems): void {
  const turns = new Turns()
  ecosystems.onFallen(({ kind, id }) => {
    const sessions = [...router.realms.values()].flatMap((realm) => realm.sessionsOf(kind, id))
    for (const session of sessions) session.shutOut()
    void endAll(sessions, turns)
  })
}

async function endAll(sessions: readonly Session[], turns: Turns): Promise<void> {
  for (let i = 0; i < sessions.length; i += endedAtOnce) {
    if (i > 0) await turns.next()
    for (const session of sessions.slice(i, i + endedAtOnce)) session.kill()
  }
}
