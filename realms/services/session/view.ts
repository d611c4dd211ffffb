import type { Session } from '../../../router/session.ts'
import type { Dict } from '../../../router/wire/message.ts'

/** A session as its own person and the operator see it. */
export function sessionView(session: Session): Dict {
  const { principal, transport } = session
  return {
    session: session.id,
    realm: session.realm.uri,
    kind: principal.kind,
    authid: principal.authid,
    authrole: principal.authrole,
    authmethod: principal.authmethod,
    transport: transport.peer.transport,
    serializer: transport.serializer.name,
    address: transport.peer.address,
    agent: session.agent,
    joined_at: session.joinedAt,
    expires_at: principal.expiresAt ?? null,
  }
}
