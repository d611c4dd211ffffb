import type { Ecosystems } from '../ecosystems/ecosystems.ts'
import { stateOf } from '../ecosystems/approvals.ts'
import type { ApprovalRow } from '../ecosystems/store/store.ts'
import { ticketOf } from '../ecosystems/tickets.ts'
import type { EngineLog } from '../router/log.ts'
import type { Peer } from '../router/peer.ts'
import type { Realm } from '../router/realm.ts'
import { sessionIds, tell, tellConcerned } from './announcing.ts'
import { ownsAnywhere, subjectReference } from './services/scope.ts'
import { topicUris, type ApprovalNews } from './uris.ts'

/** Tells owners of a realm that somebody asks, and whoever has asked what was answered. */
export function tellOfApprovals(realm: Realm, ecosystems: Ecosystems, log: EngineLog): void {
  const { clock } = realm
  const tellOwners = (
    topic: typeof topicUris.approvalRequest | typeof topicUris.approvalDecided,
    row: ApprovalRow,
  ): void => {
    const owns = (caller: Peer): boolean =>
      !isRequester(caller, row) && ownsAnywhere({ caller, ecosystems, clock }, row.ecosystem)
    tellConcerned(realm, topic, owns, { ...newsOf(row, clock.now()) }).catch((error: unknown) => {
      log('error', 'owners could not be told of a request', { error, topic, approval: row.id })
    })
  }
  ecosystems.approvals.onRequested((row) => {
    if (row.realm === realm.uri) tellOwners(topicUris.approvalRequest, row)
  })
  ecosystems.approvals.onDecided((row) => {
    if (row.realm !== realm.uri) return
    const topic = topicUris.approvalDecided
    tellOwners(topic, row)
    const sessions = sessionIds(realm, row.requesterKind, [row.requester])
    const { ticket } = ticketOf(row.id)
    tell(realm, topic, sessions, { ...newsOf(row, clock.now()), ticket })
  })
}

function newsOf(row: ApprovalRow, now: number): ApprovalNews {
  const state = stateOf(row, now)
  return {
    id: row.id,
    state: state === 'unknown' ? 'pending' : state,
    requester: subjectReference(row.requesterKind, row.requester),
    ecosystem: row.ecosystem,
    device: row.device,
    uri: row.uri,
    action: row.action,
    expires_at: row.expiresAt,
  }
}

function isRequester({ principal }: Peer, row: ApprovalRow): boolean {
  return principal.kind === row.requesterKind && principal.authid === row.requester
}
