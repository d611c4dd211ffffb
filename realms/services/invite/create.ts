import { z } from 'zod'
import type { Permit } from '../../../ecosystems/gift.ts'
import type { Invitee } from '../../../ecosystems/invitee.ts'
import { procedure, type Procedure, type ProcedureContext, type Right } from '../../procedure.ts'
import { procedureUris } from '../../uris.ts'
import {
  capabilityAction,
  count,
  duration,
  httpUrl,
  id,
  level,
  moment,
  momentAt,
  name,
  opaque,
  uriOrBeginning,
} from '../inputs.ts'
import { actorOf, deviceHere, ecosystemHere, giverIn, notFound } from '../scope.ts'
import { giftOf, termsOf } from './terms.ts'

const actionsAllowed = 'call, subscribe, publish, or a list of them'
const callsAllowed = 'a dictionary from URIs, or *, to how often, for instance {"door.unlock":2}'
const depthAllowed = 'a whole number from 0 to 8'

const schema = z.strictObject({
  to: opaque.describe(
    "who alone can redeem it: a person's id, an e-mail address, or what the issuer calls somebody",
  ),
  issuer: httpUrl.optional().describe('issuer that calls somebody so, as its tokens have it'),
  ecosystem: id.describe('ecosystem that it lets into'),
  uses: count(1_000).default(1).describe('how often it can be redeemed'),
  expires: moment.default('7d').describe('until when it can be redeemed'),
  waits: z
    .boolean()
    .optional()
    .describe('no code: what it gives waits for the next sign-in of whom it is for'),
  level: level.describe('how far the trust goes: 1 is everything, larger is less'),
  device: id.optional().describe('only with this device'),
  uri: uriOrBeginning.optional().describe('only this URI, or, up to a dot, what begins so'),
  actions: z
    .union([capabilityAction, z.array(capabilityAction).min(1).max(3)], { error: actionsAllowed })
    .optional()
    .describe('only to do this'),
  ttl: duration.optional().describe('how long what it gives holds, from redemption on'),
  not_before: moment.optional().describe('from when on what it gives holds'),
  until: moment.optional().describe('until when what it gives holds'),
  schedule: z
    .string({ error: 'hours of the week' })
    .max(512, { error: 'hours of the week, of at most 512 characters' })
    .optional()
    .describe('hours of the week, for instance "sat,sun 10:00-18:00 Europe/Berlin"'),
  calls: z
    .record(z.string().max(256, { error: callsAllowed }), count(1_000_000), { error: callsAllowed })
    .refine((value) => Object.keys(value).length <= 64, { error: callsAllowed })
    .optional()
    .describe('how often a URI may be called by what it gives, for instance {"door.unlock":2}'),
  delegable: z
    .int({ error: depthAllowed })
    .min(0, { error: depthAllowed })
    .max(8, { error: depthAllowed })
    .default(0)
    .describe('through how many hands what it gives may be given on'),
  purpose: name.optional().describe('what for'),
})

type Input = z.output<typeof schema>

/** Nobody invites to more than he could give: by the same rule as grants. */
const mayGive: Right<Input> = {
  name: 'as much of it oneself, at level 1 or to give on',
  admits: ({ kind }) => kind === 'operator' || kind === 'person' || kind === 'device',
  permits: (input, context) =>
    context.caller.principal.kind === 'operator' ||
    (ecosystemHere(context, input.ecosystem) !== undefined && permit(input, context) !== undefined),
}

export const inviteCreate: Procedure = procedure({
  uri: procedureUris.inviteCreate,
  summary:
    'Invite one person into an ecosystem: the code is shown once, and of no use to anybody else.',
  input: schema,
  right: mayGive,
  changes: true,
  // It may be an address, of which nothing is to be kept.
  secrets: ['to'],
  cli: { positional: ['to'] },
  target: (input, result) => (typeof result?.['id'] === 'string' ? result['id'] : input.ecosystem),
  async handle(input, context) {
    const { ecosystems, caller, clock } = context
    if (ecosystemHere(context, input.ecosystem) === undefined)
      throw notFound('ecosystem', input.ecosystem)
    if (input.device !== undefined && deviceHere(context, input.device) === undefined)
      throw notFound('device', input.device)
    const to = inviteeOf(input)
    if (to.kind === 'person' && ecosystems.people.get(to.id) === undefined)
      throw notFound('person', to.id)
    const given = permit(input, context)
    if (given !== undefined && 'refusal' in given) throw given.refusal
    const now = clock.now()
    const { row, code } = await ecosystems.invites.create({
      ecosystem: input.ecosystem,
      to,
      terms: termsOf(input, now),
      uses: input.uses,
      expiresAt: momentAt(input.expires, now),
      parent: given?.parent.id ?? null,
      code: input.waits !== true,
      by: actorOf(caller.principal),
    })
    return { id: row.id, expires_at: row.expiresAt, ...(code !== undefined && { code }) }
  },
})

/** Of the operator, who gives what he wants, nothing. */
function permit(input: Input, context: ProcedureContext): Permit {
  const giver = giverIn(context, input.ecosystem)
  return giver === undefined
    ? undefined
    : context.ecosystems.grants.mayGive(giver, giftOf(input, context))
}

function inviteeOf({ to, issuer }: Input): Invitee {
  if (issuer !== undefined) return { kind: 'identity', issuer, subject: to }
  return to.includes('@') ? { kind: 'email', address: to } : { kind: 'person', id: to }
}
