import { z } from 'zod'
import type { Findings } from '../../../authorizers/findings.ts'
import type { AuditRow } from '../../../ecosystems/store/store.ts'
import type { Dict } from '../../../router/wire/message.ts'
import { procedure, type Procedure, type ProcedureContext } from '../../procedure.ts'
import { explainRecorded } from '../../recorded-decision.ts'
import { procedureUris } from '../../uris.ts'
import { grantView } from '../grant/view.ts'
import { opaque } from '../inputs.ts'
import { levelOneWhereItFell } from '../rights.ts'
import { notFound, ownsEcosystem } from '../scope.ts'

/** What is recorded of one decision: when it was first applied, and how often until the record's time was over. */
const mostRecords = 10

/**
 * Whoever has no level 1 where it fell is told the same as of a decision that never was: from what it was that he asked
 * for, a stranger could tell what there is.
 */
export const authzExplain: Procedure = procedure({
  uri: procedureUris.authzExplain,
  summary:
    'Tell why a decision came out as it did, by the decision_id of a denial or of the record.',
  input: z.strictObject({ id: opaque.describe('decision_id') }),
  right: levelOneWhereItFell,
  changes: false,
  cli: { positional: ['id'] },
  target: (input) => input.id,
  async handle({ id }, context) {
    const { audit } = context.ecosystems
    const rows = await audit.list({ limit: mostRecords, decisionId: id })
    const first = rows.at(-1)
    if (first === undefined || !mayKnow(first, context)) throw notFound('decision', id)
    const repeated = rows.flatMap(({ details }) => Number(details['count'] ?? 0))
    return { ...explanationOf(first, context), times: repeated.reduce((a, b) => a + b, 1) }
  },
})

function mayKnow(row: AuditRow, context: ProcedureContext): boolean {
  if (context.caller.principal.kind === 'operator') return true
  if (row.realm !== context.realm.uri) return false
  return ecosystemsOf(row, context).some((id) => ownsEcosystem(context, id))
}

/** Those of the device that it was about; where there is none, it fell in no ecosystem. */
function ecosystemsOf({ realm, target, details }: AuditRow, context: ProcedureContext): string[] {
  const { devices } = context.ecosystems
  const { device, ecosystem } = details as Findings
  const known = device === undefined ? devices.owning(realm, target) : devices.get(device)
  return [...(known?.ecosystems ?? []), ...(ecosystem === undefined ? [] : [ecosystem])]
}

function explanationOf(row: AuditRow, context: ProcedureContext): Dict {
  const findings = forCaller(row.details, context)
  const { grants } = context.ecosystems
  const told = explainRecorded({
    row,
    findings,
    grant(id) {
      const grant = grants.get(id)
      if (grant === undefined || !ownsEcosystem(context, grant.ecosystem)) return undefined
      return { row: grant, words: String(grantView(grant, context)['words']) }
    },
  })
  const { device, ecosystem, level, required, grant } = findings
  return {
    id: row.decisionId,
    at: row.at,
    realm: row.realm,
    actor: row.actor,
    session: row.session,
    action: row.action,
    target: row.target,
    outcome: row.outcome,
    check: row.reason,
    ...told,
    ...(device !== undefined && { device }),
    ...(ecosystem !== undefined && { ecosystem }),
    ...(level !== undefined && { level }),
    ...(required !== undefined && { required }),
    ...(grant !== undefined && { grant }),
  }
}

/** An owner learns what became of a call of the own device, but nothing of levels and grants in foreign ecosystems. */
function forCaller(findings: Findings, context: ProcedureContext): Findings {
  const { ecosystem, device, match, error } = findings
  if (ecosystem === undefined || ownsEcosystem(context, ecosystem)) return findings
  return {
    ...(match !== undefined && { match }),
    ...(device !== undefined && { device }),
    ...(error !== undefined && { error }),
  }
}
