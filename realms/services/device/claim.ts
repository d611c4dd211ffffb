import { z } from 'zod'
import { DomainError, missing } from '../../../ecosystems/errors.ts'
import { WampError } from '../../../router/wire/errors.ts'
import type { Dict } from '../../../router/wire/message.ts'
import { procedure, type Procedure, type ProcedureContext } from '../../procedure.ts'
import { procedureUris } from '../../uris.ts'
import { claimCode, id, level, prefix } from '../inputs.ts'
import { levelOne } from '../rights.ts'
import { actorOf, ecosystemHere, notFound } from '../scope.ts'
import { deviceView } from './view.ts'

const schema = z.strictObject({
  claim_code: claimCode.describe('the code that the device shows, for instance BCDF-GHJK'),
  ecosystem: id.describe('ecosystem that it is to be in'),
  class: id
    .optional()
    .describe('what it is to be, for instance light; absent: what it was made as'),
  level: level
    .optional()
    .describe('how far the device itself is to be trusted: the best level that it can have'),
  prefix: prefix
    .optional()
    .describe("URI that the device is to own; absent: the class's with the next free number"),
})

type Input = z.output<typeof schema>

/** How long a device that shows a user code has to come for its place. */
const joinWithinMs = 15 * 60_000

/** Takes the code of a device that has joined already, and the user code of one that only asks over HTTP (RFC 8628). */
export const deviceClaim: Procedure = procedure({
  uri: procedureUris.deviceClaim,
  summary:
    'Make a device that belongs to nobody yet part of an ecosystem, by the code that it shows.',
  input: schema,
  right: levelOne<Input>((input) => [input.ecosystem]),
  changes: true,
  secrets: ['claim_code'],
  cli: { positional: ['claim_code'] },
  target: (input, result) => (typeof result?.['id'] === 'string' ? result['id'] : input.ecosystem),
  async handle(input, context) {
    if (ecosystemHere(context, input.ecosystem) === undefined)
      throw notFound('ecosystem', input.ecosystem)
    const { devices } = context.ecosystems
    if (!devices.hasClaim(input.claim_code)) {
      const answered = await answerUserCode(input, context)
      if (answered !== undefined) return answered
    }
    const { kind, authid } = context.caller.principal
    const row = await devices.claim({
      claimCode: input.claim_code,
      ecosystem: input.ecosystem,
      owner: kind === 'person' ? authid : null,
      by: actorOf(context.caller.principal),
      ...(input.class !== undefined && { class: input.class }),
      ...(input.level !== undefined && { level: input.level }),
      ...(input.prefix !== undefined && { prefix: input.prefix }),
    })
    return deviceView(row, context)
  },
})

/** A device that shows a user code gets a provisioning code, with which it joins by itself. */
async function answerUserCode(input: Input, context: ProcedureContext): Promise<Dict | undefined> {
  const { authority, ecosystems, realm, caller } = context
  const by = actorOf(caller.principal)
  const waiting = authority?.deviceFlow.pending(input.claim_code, by)
  if (authority === undefined || waiting === undefined) return undefined
  if (input.class === undefined)
    throw new WampError(
      'wamp.error.invalid_argument',
      'class: missing, needed: what the device is to be, which it has not said',
    )
  if (ecosystems.classes.get(input.class) === undefined) throw missing('class', input.class)
  if (input.level !== undefined)
    throw new WampError(
      'wamp.error.invalid_argument',
      'level: found one for a device that has not joined yet, allowed is none',
    )
  const [code = ''] = await ecosystems.provisioning.create({
    realm: realm.uri,
    ecosystems: [input.ecosystem],
    class: input.class,
    count: 1,
    by,
    ttlMs: joinWithinMs,
    ...(input.prefix !== undefined && { prefix: input.prefix }),
  })
  const result = { code, realm: realm.uri }
  if (!authority.deviceFlow.approve(waiting.userCode, { result }))
    throw new DomainError('not_found', 'there is no such claim code')
  return {
    ecosystem: input.ecosystem,
    class: input.class,
    joins_by: context.clock.now() + joinWithinMs,
  }
}
