import type { Principal } from '../../../router/access.ts'
import type { Router } from '../../../router/router.ts'
import type { Session } from '../../../router/session.ts'

/** Whether a session is of the one who asks. The operator's word goes for all. */
export function mayHandle(principal: Principal, session: Session): boolean {
  if (principal.kind === 'operator') return true
  const { kind, authid } = session.principal
  return kind === principal.kind && authid === principal.authid
}

/** A session of any realm. */
export function sessionOf(router: Router, id: number): Session | undefined {
  for (const realm of router.realms.values()) {
    const session = realm.sessions.get(id)
    if (session !== undefined) return session
  }
  return undefined
}
