import { z } from 'zod'
import type { Gift } from '../../../ecosystems/gift.ts'
import { procedure, type Procedure, type ProcedureContext, type Right } from '../../procedure.ts'
import { procedureUris } from '../../uris.ts'
import {
  capabilityAction,
  count,
  id,
  level,
  moment,
  momentAt,
  name,
  uriOrBeginning,
} from '../inputs.ts'
import { actorOf, ecosystemHere, giverIn, holderOf, notFound } from '../scope.ts'
import { grantee, granteeOf, requireGrantee } from './grantee.ts'
import { grantView } from './view.ts'

/** Of a grant for which a level says nothing: of names of people there are none, and an explicit word goes before it. */
const noLevel = 99

const actionsAllowed = 'call, subscribe, publish, or a list of them'
const usesAllowed = 'URIs, or *, with how often each, for instance {"door.unlock":2}'
const depthAllowed = 'a whole number from 0 to 7'

const schema = z.strictObject({
  to: grantee.describe(
    'who gets it: a person\'s id, "device:" or "group:" and an id, or "identity:ISSUER#SUBJECT"',
  ),
  ecosystem: id
    .optional()
    .describe('ecosystem that it holds in; absent: it is about names of a person (user.<id>.…)'),
  level: level
    .optional()
    .describe('how far the trust goes: 1 is everything, larger is less; needed for effect level'),
  device: id.optional().describe('only with this device'),
  uri: uriOrBeginning.optional().describe('only this URI, or what begins so if it ends in a dot'),
  actions: z
    .union([capabilityAction, z.array(capabilityAction).min(1).max(3)], { error: actionsAllowed })
    .optional()
    .describe('only to do this'),
  effect: z
    .enum(['level', 'allow', 'deny'])
    .optional()
    .describe(
      'a level, if nothing is said; yes to this whatever the level; or no to this whatever else is granted',
    ),
  not_before: moment.optional().describe('from when on it holds'),
  expires: moment.optional().describe('until when it holds, for instance 2d'),
  schedule: z
    .string({ error: 'hours of the week' })
    .max(256, { error: 'hours of the week, of at most 256 characters' })
    .optional()
    .describe('hours of the week, for instance "sat,sun 10:00-18:00 Europe/Berlin"'),
  uses: z
    .record(z.string().max(256, { error: usesAllowed }), count(1_000_000), { error: usesAllowed })
    .optional()
    .describe('how often a URI may be called by it, * for all together'),
  delegable: z
    .int({ error: depthAllowed })
    .min(0, { error: depthAllowed })
    .max(7, { error: depthAllowed })
    .optional()
    .describe('through how many hands it may be given on; none if nothing is said'),
  purpose: name.optional().describe('what for'),
})

type Input = z.output<typeof schema>

const holders = new Set(['operator', 'person', 'device'])

/** Nobody gives what he has not got himself; what is named after a person is that person's to give. */
const asMuch: Right<Input> = {
  name: 'as much of it oneself, at level 1 or to give on',
  admits: (caller) => holders.has(caller.kind),
  permits(input, context) {
    const { principal } = context.caller
    if (principal.kind === 'operator') return true
    if (input.ecosystem === undefined) {
      const own = `user.${principal.authid}.`
      return principal.kind === 'person' && (input.uri ?? '').startsWith(own)
    }
    if (ecosystemHere(context, input.ecosystem) === undefined) return false
    const giver = giverIn(context, input.ecosystem)
    const gift = giftOf(input, input.ecosystem, context)
    return giver !== undefined && context.ecosystems.grants.mayGive(giver, gift) !== undefined
  },
}

export const grantCreate: Procedure = procedure({
  uri: procedureUris.grantCreate,
  summary:
    'Let somebody into an ecosystem, or at one thing of it: how far, in which hours, how often, to give on or not.',
  input: schema,
  right: asMuch,
  changes: true,
  target: (input, result) =>
    typeof result?.['id'] === 'string' ? result['id'] : (input.ecosystem ?? input.uri ?? ''),
  async handle(input, context) {
    const { ecosystems, caller, clock } = context
    const subject = granteeOf(input.to)
    const { ecosystem, not_before: notBefore } = input
    if (ecosystem !== undefined && ecosystemHere(context, ecosystem) === undefined)
      throw notFound('ecosystem', ecosystem)
    requireGrantee(context, subject)
    const now = clock.now()
    const gift = giftOf(input, ecosystem ?? '', context)
    const row = await ecosystems.grants.create({
      ...gift,
      level: levelOf(input),
      ecosystem: ecosystem ?? null,
      subject,
      notBefore: notBefore === undefined ? null : momentAt(notBefore, now),
      purpose: input.purpose ?? null,
      parent: ecosystem === undefined ? null : parentOf(gift, context),
      by: actorOf(caller.principal),
    })
    return grantView(row, context)
  },
})

/** @throws DomainError invalid_argument where a level is needed */
function levelOf(input: Input): number {
  // The domain says what is allowed.
  const needed = (input.effect ?? 'level') === 'level' && input.ecosystem !== undefined
  return input.level ?? (needed ? Number.NaN : noLevel)
}

/** @throws DomainError, which says how far it may be given */
function parentOf(gift: Gift, context: ProcedureContext): string | null {
  if (holderOf(context.caller.principal) === undefined) return null
  const giver = giverIn(context, gift.ecosystem)
  const permit = giver === undefined ? undefined : context.ecosystems.grants.mayGive(giver, gift)
  // The right was there a moment ago.
  if (permit === undefined) throw notFound('ecosystem', gift.ecosystem)
  if ('refusal' in permit) throw permit.refusal
  return permit.parent.id
}

function giftOf(input: Input, ecosystem: string, { clock }: ProcedureContext): Gift {
  const { device = null, uri = null, schedule = null, uses = null, actions, expires } = input
  return {
    ecosystem,
    level: levelOf(input),
    device,
    uri,
    match: uri?.endsWith('.') === true ? 'prefix' : 'exact',
    actions: actions === undefined ? null : [actions].flat(),
    effect: input.effect ?? 'level',
    expiresAt: expires === undefined ? null : momentAt(expires, clock.now()),
    schedule,
    uses,
    delegable: input.delegable ?? 0,
  }
}
