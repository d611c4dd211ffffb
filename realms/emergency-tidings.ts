import { isOpen, type EmergencyNews } from '../ecosystems/emergencies.ts'
import type { Ecosystems } from '../ecosystems/ecosystems.ts'
import type { EmergencyPlanRow, EmergencyRequestRow } from '../ecosystems/store/store.ts'
import type { Peer } from '../router/peer.ts'
import type { Realm } from '../router/realm.ts'
import type { Dict } from '../router/wire/message.ts'
import { sessionIds, tell } from './announcing.ts'
import { unlockView } from './services/unlock/view.ts'
import { topicUris } from './uris.ts'

/**
 * Tells the owner of a plan, wherever he is, that somebody asks by it: in all realms, and again in each session that
 * begins to listen while it waits. Those that he has named hear of it too; who has asked hears what became of it.
 */
export function tellOfEmergencies(realm: Realm, ecosystems: Ecosystems): void {
  const { emergencies } = ecosystems
  const newsOf = (row: EmergencyRequestRow, plan: EmergencyPlanRow): Dict => ({
    ...unlockView(row, plan, emergencies),
  })
  emergencies.onChanged(({ plan, request }) => {
    const isAsking = isOpen(request)
    const topic = isAsking ? topicUris.unlockRequest : topicUris.unlockDecided
    const requesters = isAsking ? [] : request.requesters.map(({ person }) => person)
    const sessions = sessionIds(realm, 'person', [plan.owner, ...plan.notify, ...requesters])
    tell(realm, topic, sessions, newsOf(request, plan))
  })
  const remind = (peer: Peer): void => {
    const { kind, authid } = peer.principal
    if (kind !== 'person' || peer.gone) return
    for (const row of emergencies.list()) {
      const plan = emergencies.plans.get(row.plan)
      if (plan === undefined || !isOpen(row)) continue
      if (plan.owner === authid || plan.notify.includes(authid))
        tell(realm, topicUris.unlockRequest, new Set([peer.id]), newsOf(row, plan))
    }
  }
  realm.broker.observe({
    added(peer, { topic, match }) {
      if (topic !== topicUris.unlockRequest || match !== 'exact') return
      // Not in the midst of a subscription.
      queueMicrotask(() => remind(peer))
    },
    removed: () => undefined,
  })
}

/** Puts on record what no procedure does: who has asked, and what the owner's silence has come to. */
export function recordEmergencies({ emergencies, directory, audit }: Ecosystems): void {
  emergencies.onChanged(({ plan, request, by }: EmergencyNews) => {
    const isAsking = isOpen(request)
    if (!isAsking && by !== null) return
    audit.record({
      realm: directory.get(plan.ecosystem)?.realm ?? '',
      actor: by ?? 'service:latchkey',
      session: 0,
      action: isAsking ? 'unlock.request' : 'unlock.due',
      target: request.id,
      outcome: 'change',
      reason: request.state,
      decisionId: null,
      details: {
        plan: plan.id,
        owner: plan.owner,
        ecosystem: plan.ecosystem,
        requesters: request.requesters.map(({ person }) => person),
        due_at: request.dueAt,
        grants: request.grants,
      },
    })
  })
}
