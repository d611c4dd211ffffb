import type { Ecosystems } from '../ecosystems/ecosystems.ts'
import { evidenceOf } from '../ecosystems/evidence.ts'
import type { IssuerReachability } from '../ecosystems/issuer-reachability.ts'
import type { Realm } from '../router/realm.ts'
import type { Router } from '../router/router.ts'
import type { Session } from '../router/session.ts'
import { Turns } from '../router/turns.ts'
import { endSessions } from './ended-sessions.ts'

/**
 * Ends the sessions by local identities that are no longer good: those that were revoked, and those that counted only
 * while a provider could not be reached, when it can. Has the providers watched on which any of them depends. Returns
 * how to stop that.
 */
export function followReachability(
  router: Router,
  ecosystems: Ecosystems,
  reachability: IssuerReachability,
): () => void {
  const turns = new Turns()
  const watched = new Map<string, () => void>()
  const watch = (): void => {
    const { issuers } = ecosystems.locals
    for (const [issuer, stop] of watched) {
      if (issuers.has(issuer)) continue
      stop()
      watched.delete(issuer)
    }
    for (const issuer of issuers)
      if (!watched.has(issuer)) watched.set(issuer, reachability.watch(issuer))
  }
  const end = (
    isOver: (id: string, fallback: boolean) => boolean,
    among: (realm: Realm) => Iterable<Session> = (realm) => realm.sessions.values(),
  ): void => {
    const sessions: Session[] = []
    for (const realm of router.realms.values())
      for (const session of among(realm)) {
        const { local } = evidenceOf(session.principal)
        if (local !== undefined && isOver(local.id, local.fallback)) sessions.push(session)
      }
    endSessions(sessions, turns)
  }
  watch()
  ecosystems.onLocalsChanged(watch)
  const stopFalls = ecosystems.onFallen(({ kind, id }) => {
    if (kind !== 'local') return
    // Whoever has level 1 anywhere can revoke one as often as he likes: that must not cost a look at everybody.
    const person = ecosystems.locals.get(id)?.person ?? ''
    end(
      (local) => local === id,
      (realm) => realm.sessionsOf('person', person),
    )
  })
  const stopListening = reachability.listen((_issuer, { status }) => {
    if (status !== 'reachable') return
    end((id, fallback) => {
      const row = ecosystems.locals.get(id)
      if (row === undefined || !fallback) return row === undefined
      const use = ecosystems.locals.use(row, (issuer) => reachability.isUnreachable(issuer))
      return !use.allowed
    })
  })
  return () => {
    stopFalls()
    stopListening()
    for (const stop of watched.values()) stop()
    watched.clear()
  }
}
