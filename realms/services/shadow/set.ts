import { z } from 'zod'
import { procedure, type Procedure } from '../../procedure.ts'
import { procedureUris } from '../../uris.ts'
import { id, shadowState, version } from '../inputs.ts'
import { self } from '../rights.ts'
import { actorOf, deviceHere } from '../scope.ts'
import { refused, requireShadow } from '../shadow-access.ts'
import { shadowView } from './view.ts'

export const shadowSet: Procedure = procedure({
  uri: procedureUris.shadowSet,
  summary:
    'Wish a device to be like this, as soon as it is there: it is told once it joins, until it has taken it.',
  input: z.strictObject({
    device: id.describe('id of the device'),
    desired: shadowState.describe('what is to be changed; null takes a key away'),
    version: version
      .optional()
      .describe('version of the wishes that this is made on; refused if there was another since'),
  }),
  right: self,
  changes: true,
  cli: { positional: ['device'] },
  target: (input) => input.device,
  async handle(input, context) {
    const row = deviceHere(context, input.device)
    if (row === undefined) throw refused()
    await requireShadow(row, 'set', context)
    const shadow = await context.ecosystems.shadows.setDesired(row.id, {
      desired: input.desired,
      by: actorOf(context.caller.principal),
      ...(input.version !== undefined && { version: input.version }),
    })
    return shadowView(shadow)
  },
})
