import { z } from 'zod'
import { procedure, type Procedure } from '../../procedure.ts'
import { procedureUris } from '../../uris.ts'
import { id } from '../inputs.ts'
import { self } from '../rights.ts'
import { deviceHere } from '../scope.ts'
import { refused, requireShadow } from '../shadow-access.ts'
import { ownOrChild } from '../shadow-speaker.ts'
import { shadowView } from './view.ts'

export const shadowGet: Procedure = procedure({
  uri: procedureUris.shadowGet,
  summary:
    'Get what a device is wished to be like and what it last said it is, also while it is away.',
  input: z.strictObject({
    device: id
      .optional()
      .describe('id of the device; a device that asks about itself leaves it out'),
  }),
  right: self,
  changes: false,
  cli: { positional: ['device'] },
  async handle(input, context) {
    const own = ownOrChild(input.device, context)
    const row = own ?? (input.device === undefined ? undefined : deviceHere(context, input.device))
    if (row === undefined) throw refused()
    if (own === undefined) await requireShadow(row, 'get', context)
    return shadowView(context.ecosystems.shadows.get(row.id))
  },
})
