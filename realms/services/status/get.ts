import { z } from 'zod'
import { procedure, type Procedure } from '../../procedure.ts'
import { procedureUris } from '../../uris.ts'
import { operator } from '../rights.ts'

export const statusGet: Procedure = procedure({
  uri: procedureUris.statusGet,
  summary:
    'Tell how the router is: version, fingerprint of its key, uptime, realms, sessions and the last alarms.',
  input: z.strictObject({}),
  right: operator,
  changes: false,
  handle(_input, { ecosystems, proofs, router, clock, version, startedAt }) {
    const realms = [...router.realms.values()].map((realm) => ({
      realm: realm.uri,
      sessions: realm.sessions.size,
      events_withheld: realm.broker.undelivered.withheld,
      events_dropped: realm.broker.undelivered.dropped,
      events_unfit: realm.misfits,
      decisions: Object.fromEntries(
        Object.entries(realm.decisionCounts).map(([action, counts]) => [action, { ...counts }]),
      ),
    }))
    return {
      version,
      house_key: proofs.keys.current.kid,
      started_at: startedAt,
      uptime_ms: clock.now() - startedAt,
      sessions: realms.reduce((sum, { sessions }) => sum + sessions, 0),
      audit_lost: ecosystems.audit.lost,
      realms,
      alarms: ecosystems.alarms.map(({ at, code, message }) => ({ at, code, message })),
    }
  },
})
