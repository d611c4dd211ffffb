import { randomUUID } from 'node:crypto'
import type { Audit } from '../ecosystems/audit.ts'
import type { Tally } from '../ecosystems/repeats.ts'
import type { AuditRow } from '../ecosystems/store/store.ts'
import type { AccessRequest, Decision } from '../router/access.ts'

/** Where denials and uses of level 1 are recorded. */
export type Trail = Pick<Audit, 'record'>

/**
 * A decision that leaves a record when it is applied, under an opaque name by which its owner can look it up.
 * Applied again and again it is only counted: a flood of messages costs no more than that.
 * The name says nothing: it is random, and a denial has one whatever the reason was.
 */
export function traced(
  decision: Decision,
  request: AccessRequest,
  trail: Trail,
  record: {
    readonly outcome: AuditRow['outcome']
    /** The check that decided. */
    readonly reason: string
    readonly details: AuditRow['details']
  },
): Decision {
  const { realm, session, action, uri, principal } = request
  const decisionId = randomUUID()
  const entry = {
    ...record,
    realm,
    session,
    action,
    decisionId,
    actor: `${principal.kind}:${principal.authid}`,
    target: uri,
  }
  let tally: Tally | undefined
  const leaveRecord = (): void => {
    if (tally?.add() !== true) tally = trail.record(entry)
  }
  return { ...decision, decisionId, record: leaveRecord }
}
