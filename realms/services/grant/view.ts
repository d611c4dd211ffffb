import type { GrantRow } from '../../../ecosystems/store/store.ts'
import type { Dict } from '../../../router/wire/message.ts'
import type { ProcedureContext } from '../../procedure.ts'
import { actorSeen } from '../kept-names.ts'
import { granteeReference } from './grantee.ts'

/** A grant as it goes over the wire, with what becomes of it now. */
export function grantView(row: GrantRow, context: ProcedureContext): Dict {
  const { ecosystems, clock } = context
  const { holdings, uses } = ecosystems
  const used = uses.usedOf(row)
  const state = holdings.stateOf(row, clock.now())
  return {
    id: row.id,
    to: granteeReference({ kind: row.subjectKind, id: row.subject }),
    ecosystem: row.ecosystem,
    level: row.level,
    effect: row.effect,
    device: row.device,
    uri: row.uri,
    match: row.uri === null ? null : row.match,
    actions: row.actions,
    not_before: row.notBefore,
    expires_at: row.expiresAt,
    schedule: row.schedule,
    uses: row.uses,
    used: row.uses === null ? null : used,
    delegable: row.delegable,
    purpose: row.purpose,
    source: row.source,
    state,
    words: wordsOf(row, used),
    created_by: actorSeen(row.createdBy, context),
    created_at: row.createdAt,
    // From the grant it was given by up to the first one.
    chain: holdings
      .chainOf(row)
      .map(({ id, createdBy }) => ({ id, created_by: actorSeen(createdBy, context) })),
    suspended_at: row.suspendedAt,
    revoked_at: row.revokedAt,
  }
}

/** All of it in one sentence. */
function wordsOf(row: GrantRow, used: Readonly<Record<string, number>>): string {
  const object = objectOf(row)
  const what = {
    level: `level ${row.level} for ${object}`,
    allow: `allowed at any level: ${object}`,
    deny: `forbidden at any level: ${object}`,
  }[row.effect]
  const where = row.ecosystem === null ? '' : ` in ${row.ecosystem}`
  const uses = Object.entries(row.uses ?? {}).map(
    ([uri, most]) => `${uri === '*' ? 'all together' : uri} ${used[uri] ?? 0} of ${most} times`,
  )
  const parts = [
    `${what}${where}`,
    ...(row.actions === null ? [] : [`only to ${row.actions.join(', ')}`]),
    ...(row.notBefore === null ? [] : [`from ${timeOf(row.notBefore)}`]),
    ...(row.expiresAt === null ? [] : [`until ${timeOf(row.expiresAt)}`]),
    ...(row.schedule === null ? [] : [row.schedule]),
    ...uses,
    ...(row.delegable === 0 ? [] : [`may be given on through ${row.delegable} hands`]),
    ...(row.purpose === null ? [] : [`for ${row.purpose}`]),
  ]
  return parts.join('; ')
}

function objectOf({ device, uri, match }: GrantRow): string {
  const ofDevice = device === null ? '' : ` of device ${device}`
  if (uri === null) return device === null ? 'everything' : `everything${ofDevice}`
  return `${uri}${match === 'prefix' ? '…' : ''}${ofDevice}`
}

function timeOf(at: number): string {
  return new Date(at).toISOString()
}
