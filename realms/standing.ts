import type { Ecosystems } from '../ecosystems/ecosystems.ts'
import { evidenceOf } from '../ecosystems/evidence.ts'
import type { Issuers } from '../ecosystems/issuers.ts'
import type { Withdrawal } from '../ecosystems/withdrawals.ts'
import type { Principal } from '../router/access.ts'
import type { Router } from '../router/router.ts'
import type { Session } from '../router/session.ts'
import { Turns } from '../router/turns.ts'
import { endSessions } from './ended-sessions.ts'
import { endFederatedSessions } from './federated-sessions.ts'

/** Whether the party behind a principal was shut out meanwhile, or the identity by which it came. */
export function fallen(principal: Principal, ecosystems: Ecosystems): boolean {
  const { kind, authid } = principal
  const { people, devices } = ecosystems
  if (kind === 'person') return people.barred(authid, evidenceOf(principal)) !== undefined
  // One that nobody has claimed yet may stay: it can do nothing but wait for that.
  if (kind === 'device') return (devices.get(authid)?.status ?? 'quarantined') === 'quarantined'
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

/** Whether the token by which somebody joins was taken back by its issuer while the join was under way. */
export function takenBack(principal: Principal, { cutoffs }: Pick<Issuers, 'cutoffs'>): boolean {
  const { identity } = evidenceOf(principal)
  if (identity?.issuedAt === undefined) return false
  const { issuer, subject, issuedAt, sid } = identity
  return cutoffs.cuts({ issuer, subject, issuedAt, claims: sid === undefined ? {} : { sid } })
}

/**
 * Ends the sessions of people that are disabled and devices that are quarantined, and those that came by an identity
 * that is disabled, in every realm. The reason is for the record: whoever falls is not told what is known of it.
 */
export function endSessionsOfTheFallen(router: Router, ecosystems: Ecosystems): void {
  const turns = new Turns()
  ecosystems.onFallen(({ kind, id, identity, issuer, asker }) => {
    if (identity !== undefined)
      return void endFederatedSessions(router, ecosystems.people, identity, turns)
    if (issuer !== undefined)
      return void endFederatedSessions(router, ecosystems.people, { issuer }, turns)
    const sessions = [...router.realms.values()].flatMap((realm) => [...realm.sessionsOf(kind, id)])
    // Denied as all others, whoever asked for it is told so before the session ends.
    endSessions(
      asker === undefined ? sessions : sessions.filter((session) => session.id !== asker),
      turns,
    )
  })
}

/**
 * Ends the open calls of whoever has lost a right, as far as they rest on it, in every realm; its sessions go on. In a
 * later turn of the event loop: whoever took it back is answered first where the store is quick, and a hundred grants
 * that fall together are looked at once.
 */
export function endCallsOfTheWithdrawn(router: Router, ecosystems: Ecosystems): void {
  const turns = new Turns()
  const waiting = new Map<string, Withdrawal>()
  let busy = false
  const reassess = async (): Promise<void> => {
    for (const [key, { kind, id }] of waiting) {
      await turns.next()
      waiting.delete(key)
      for (const realm of router.realms.values())
        for (const session of realm.sessionsOf(kind, id)) realm.reassess(session)
    }
    busy = false
  }
  ecosystems.onWithdrawn((withdrawal) => {
    waiting.set(`${withdrawal.kind} ${withdrawal.id}`, withdrawal)
    if (busy) return
    busy = true
    void reassess()
  })
}
