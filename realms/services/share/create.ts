import { z } from 'zod'
import type { Gift, Permit } from '../../../ecosystems/gift.ts'
import { invalid } from '../../../ecosystems/errors.ts'
import { procedure, type Procedure, type ProcedureContext, type Right } from '../../procedure.ts'
import { procedureUris } from '../../uris.ts'
import { grantee, granteeOf, requireGrantee } from '../grant/grantee.ts'
import { grantView } from '../grant/view.ts'
import { capabilityAction, id, level, moment, momentAt, name, uriOrBeginning } from '../inputs.ts'
import { actorOf, deviceHere, ecosystemHere, giverIn, holderOf, notFound } from '../scope.ts'

/** Of a share for which a level says nothing. */
const noLevel = 99

const actionsAllowed = 'call, subscribe, publish, or a list of them'

const schema = z.strictObject({
  to: grantee.describe(
    'with whom: a person\'s id, "device:" or "group:" and an id, or "identity:ISSUER#SUBJECT"',
  ),
  device: id.optional().describe('device that is shared, with all that it offers'),
  ecosystem: id
    .optional()
    .describe(
      'ecosystem that is shared; of a device the one in which it is, where there are several',
    ),
  level: level
    .optional()
    .describe('how far; needed for a whole ecosystem, of a device everything if nothing is said'),
  uri: uriOrBeginning.optional().describe('only this URI, or what begins so if it ends in a dot'),
  actions: z
    .union([capabilityAction, z.array(capabilityAction).min(1).max(3)], { error: actionsAllowed })
    .describe('what may be done; may be given several times'),
  purpose: name.describe('what for'),
  expires: moment.describe('until when, for instance 30d'),
})

type Input = z.output<typeof schema>

/** As with grants: nobody shares what he has not got himself. */
const asMuch: Right<Input> = {
  name: 'as much of it oneself, at level 1 or to give on',
  admits: ({ kind }) => kind === 'operator' || kind === 'person' || kind === 'device',
  permits: (input, context) =>
    context.caller.principal.kind === 'operator' || permitted(input, context) !== undefined,
}

export const shareCreate: Procedure = procedure({
  uri: procedureUris.shareCreate,
  summary: 'Share a device, or an ecosystem: with whom, what for and until when.',
  input: schema,
  right: asMuch,
  changes: true,
  target: (input, result) =>
    typeof result?.['id'] === 'string' ? result['id'] : (input.device ?? input.ecosystem ?? ''),
  async handle(input, context) {
    const { ecosystems, caller } = context
    const subject = granteeOf(input.to)
    requireGrantee(context, subject)
    const gift = giftFor(input, context)
    const permit = holderOf(caller.principal) === undefined ? undefined : permitFor(gift, context)
    if (permit !== undefined && 'refusal' in permit) throw permit.refusal
    const row = await ecosystems.grants.create({
      ...gift,
      subject,
      purpose: input.purpose,
      parent: permit?.parent.id ?? null,
      source: 'share',
      by: actorOf(caller.principal),
    })
    return grantView(row, context)
  },
})

/** The gift as far as the caller may give it, in whichever of the device's ecosystems. */
function permitted(input: Input, context: ProcedureContext): Permit {
  for (const ecosystem of placesOf(input, context)) {
    const permit = permitFor(giftIn(input, ecosystem, context), context)
    if (permit !== undefined) return permit
  }
  return undefined
}

/** @throws DomainError, WampError for what is not there */
function giftFor(input: Input, context: ProcedureContext): Gift {
  const places = placesOf(input, context)
  const [first] = places
  if (first === undefined) {
    if (input.device !== undefined) throw notFound('device', input.device)
    throw notFound('ecosystem', input.ecosystem ?? '')
  }
  if (input.device === undefined && input.level === undefined)
    throw invalid('level', null, 'a level, 1 to 99, for a whole ecosystem')
  const gifts = places.map((ecosystem) => giftIn(input, ecosystem, context))
  const best = gifts.find((gift) => {
    const permit = permitFor(gift, context)
    return permit !== undefined && 'parent' in permit
  })
  return best ?? giftIn(input, first, context)
}

/** Where it would hold. */
function placesOf({ device, ecosystem }: Input, context: ProcedureContext): readonly string[] {
  const here = (each: string): boolean => ecosystemHere(context, each) !== undefined
  if (device === undefined) return ecosystem === undefined ? [] : [ecosystem].filter(here)
  const places = deviceHere(context, device)?.ecosystems.filter(here) ?? []
  return ecosystem === undefined ? places : places.filter((each) => each === ecosystem)
}

function giftIn(input: Input, ecosystem: string, { clock }: ProcedureContext): Gift {
  const { device = null, uri = null, actions, expires } = input
  return {
    ecosystem,
    level: input.level ?? noLevel,
    device,
    uri,
    match: uri?.endsWith('.') === true ? 'prefix' : 'exact',
    actions: [actions].flat(),
    // A device is shared as it is: what its capabilities' levels are is nothing that a friend has to know.
    effect: input.level === undefined ? 'allow' : 'level',
    expiresAt: momentAt(expires, clock.now()),
  }
}

function permitFor(gift: Gift, context: ProcedureContext): Permit {
  const giver = giverIn(context, gift.ecosystem)
  return giver === undefined ? undefined : context.ecosystems.grants.mayGive(giver, gift)
}
