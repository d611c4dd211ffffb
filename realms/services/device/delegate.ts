import { z } from 'zod'
import { WampError } from '../../../router/wire/errors.ts'
import { procedure, type Procedure, type Right } from '../../procedure.ts'
import { procedureUris } from '../../uris.ts'
import { delegationView } from '../delegation/view.ts'
import { sees } from '../usable.ts'
import { duration, durationMs, id, uriOrBeginning } from '../inputs.ts'
import { person } from '../rights.ts'
import { deviceHere } from '../scope.ts'

const several = 'a URI, or a list of 1 to 16 of them, each with all below it'

const schema = z.strictObject({
  device: id.describe('id of the device that is to act'),
  person: id.optional().describe('in whose name; only oneself, which it is when absent'),
  scopes: z
    .union([uriOrBeginning, z.array(uriOrBeginning).min(1).max(16)], { error: several })
    .describe('where it may name the person; may be given several times'),
  ttl: duration.describe('how long, for instance 30d'),
})

type Input = z.output<typeof schema>

/** Nobody lends another's name. */
const oneself: Right<Input> = {
  name: 'oneself',
  admits: (caller) => person.admits(caller),
  permits: ({ person: named }, { caller }) =>
    named === undefined || named === caller.principal.authid,
}

export const deviceDelegate: Procedure = procedure({
  uri: procedureUris.deviceDelegate,
  summary:
    'Have a device that one may use say things in one’s own name; it gets none of one’s grants by that.',
  input: schema,
  right: oneself,
  changes: true,
  cli: { positional: ['device'] },
  target: (input, result) => (typeof result?.['id'] === 'string' ? result['id'] : input.device),
  async handle(input, context) {
    const { ecosystems, caller } = context
    const row = deviceHere(context, input.device)
    // What one may not use looks like what is not there.
    if (row === undefined || !(await sees(caller, row, context)))
      throw new WampError(
        'wamp.error.not_authorized',
        `not authorized: ${procedureUris.deviceDelegate}`,
      )
    const act = await ecosystems.deviceActs.create({
      device: row.id,
      person: caller.principal.authid,
      scopes: typeof input.scopes === 'string' ? [input.scopes] : input.scopes,
      ttlMs: durationMs(input.ttl),
    })
    return delegationView(act)
  },
})
