import type { Router } from '../../../router/router.ts'
import type { Session } from '../../../router/session.ts'
import type { ProcedureContext } from '../../procedure.ts'

/**
 * Whether a session is of the one who asks. The operator's word goes for all. A person is the same everywhere; the
 * names of all others hold within their realm.
 */
export function mayHandle({ caller, realm }: ProcedureContext, session: Session): boolean {
  const { kind, authid } = caller.principal
  if (kind === 'operator') return true
  const { principal } = session
  if (principal.kind !== kind || principal.authid !== authid) return false
  return kind === 'person' || session.realm === realm
}

/** A session of any realm. */
export function sessionOf(router: Router, id: number): Session | undefined {
  for (const realm of router.realms.values()) {
    const session = realm.sessions.get(id)
    if (session !== undefined) return session
  }
  return undefined
}
