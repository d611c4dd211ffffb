import { z } from 'zod'
import { invalid } from '../../../ecosystems/errors.ts'
import type { ApprovalRow } from '../../../ecosystems/store/store.ts'
import { procedure, type Procedure, type ProcedureContext } from '../../procedure.ts'
import { procedureUris } from '../../uris.ts'
import { duration, durationMs, id, level } from '../inputs.ts'
import { levelOne } from '../rights.ts'
import { actorOf, giverIn, notFound } from '../scope.ts'
import { approvalView } from './view.ts'
import { concernedBy, requireApproval } from './scope.ts'

/** How long it holds if nothing is said. */
const defaultTtlMs = 3_600_000

const schema = z.strictObject({
  id: id.describe('id of the request'),
  level: level
    .optional()
    .describe(
      'how much trust the device is told of; no less than it asks for, which it is if nothing is said',
    ),
  ttl: duration.optional().describe('how long it may be done; default 1h'),
  once: z.boolean().optional().describe('whether it may be done once and no more'),
})

type Input = z.output<typeof schema>

export const approvalApprove: Procedure = procedure({
  uri: procedureUris.approvalApprove,
  summary: 'Agree to what somebody asks for: to this and nothing else, for a time, or once.',
  input: schema,
  right: levelOne<Input>(concernedBy),
  changes: true,
  cli: { positional: ['id'] },
  target: (input) => input.id,
  async handle(input, context) {
    const { ecosystems, caller, clock } = context
    const row = requireApproval(context, input.id)
    const required = requiredOf(row, context)
    const trust = input.level ?? required
    if (trust > required) throw invalid('level', trust, `1 to ${required}, which it asks for`)
    const { once = false } = input
    const ttlMs = input.ttl === undefined ? undefined : durationMs(input.ttl)
    const given = termsOf(row, { level: trust, ttlMs, once }, context)
    const agreed = await ecosystems.approvals.approve(row.id, {
      by: actorOf(caller.principal),
      level: trust,
      once,
      ...given,
    })
    const { id: grant, expiresAt } = agreed.grant
    return { ...approvalView(agreed.row, clock.now()), grant, grant_expires_at: expiresAt }
  },
})

/** The level that the capability asks for now. */
function requiredOf(row: ApprovalRow, { ecosystems: { devices } }: ProcedureContext): number {
  const device = devices.get(row.device)
  const required =
    device === undefined
      ? undefined
      : devices
          .requirements(device, row.action, row.uri)
          .find(({ ecosystem }) => ecosystem === row.ecosystem)
  if (required === undefined) throw notFound('capability', row.uri)
  return required.level
}

/**
 * By what whoever agrees gives it, and until when: without a word on that no longer than he has it himself.
 * @throws DomainError, which says how far it may be given
 */
function termsOf(
  row: ApprovalRow,
  said: { readonly level: number; readonly ttlMs: number | undefined; readonly once: boolean },
  context: ProcedureContext,
): { readonly parent: string | null; readonly expiresAt: number } {
  const now = context.clock.now()
  const expiresAt = now + (said.ttlMs ?? defaultTtlMs)
  const giver = giverIn(context, row.ecosystem)
  if (giver === undefined) return { parent: null, expiresAt }
  const { grants } = context.ecosystems
  const give = (until: number): ReturnType<typeof grants.mayGive> =>
    grants.mayGive(giver, {
      ecosystem: row.ecosystem,
      level: said.level,
      device: row.device,
      uri: row.uri,
      match: 'exact',
      actions: [row.action],
      effect: 'allow',
      expiresAt: until,
      ...(said.once && { uses: { [row.uri]: 1 } }),
    })
  const permit = give(expiresAt)
  if (permit === undefined) throw notFound('approval', row.id)
  if ('parent' in permit) return { parent: permit.parent.id, expiresAt }
  const ends = grants.heldBy(giver.subject, row.ecosystem).map((each) => each.expiresAt ?? now)
  const last = Math.max(now, ...ends)
  if (said.ttlMs !== undefined || last <= now) throw permit.refusal
  const shorter = give(Math.min(expiresAt, last))
  if (shorter === undefined || 'refusal' in shorter) throw permit.refusal
  return { parent: shorter.parent.id, expiresAt: Math.min(expiresAt, last) }
}
