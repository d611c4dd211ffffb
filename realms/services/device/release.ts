import { z } from 'zod'
import { procedure, type Procedure } from '../../procedure.ts'
import { procedureUris } from '../../uris.ts'
import { id } from '../inputs.ts'
import { levelOne } from '../rights.ts'
import { deviceHere, notFound } from '../scope.ts'
import { deviceView } from './view.ts'

const schema = z.strictObject({ device: id.describe('id of the device') })

export const deviceRelease: Procedure = procedure({
  uri: procedureUris.deviceRelease,
  summary: 'Let a device out of quarantine; needs level 1 in all of its ecosystems.',
  input: schema,
  right: levelOne<z.output<typeof schema>>(
    (input, context) => deviceHere(context, input.device)?.ecosystems ?? [],
  ),
  changes: true,
  cli: { positional: ['device'] },
  target: (input) => input.device,
  async handle(input, context) {
    if (deviceHere(context, input.device) === undefined) throw notFound('device', input.device)
    const row = await context.ecosystems.devices.release(input.device)
    return deviceView(row, context)
  },
})
