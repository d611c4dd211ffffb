import type { Emergencies } from '../../../ecosystems/emergencies.ts'
import type { EmergencyPlanRow, EmergencyRequestRow } from '../../../ecosystems/store/store.ts'
import type { UnlockNews } from '../../uris.ts'

/** A request by a plan as it goes over the wire. */
export function unlockView(
  row: EmergencyRequestRow,
  plan: EmergencyPlanRow,
  emergencies: Pick<Emergencies, 'endsAt'>,
): UnlockNews {
  const ends = emergencies.endsAt(row)
  return {
    id: row.id,
    plan: plan.id,
    owner: plan.owner,
    ecosystem: plan.ecosystem,
    level: plan.level,
    uri: plan.uri,
    state: row.state,
    requesters: row.requesters.map(({ person }) => person),
    quorum: plan.quorum,
    due_at: row.dueAt,
    ends_at: ends === 0 ? null : ends,
  }
}
