import { z } from 'zod'
import { procedure, type Procedure } from '../../procedure.ts'
import { procedureUris } from '../../uris.ts'
import { id, name } from '../inputs.ts'
import { levelOneInAny } from '../rights.ts'
import { deviceHere, notFound } from '../scope.ts'
import { deviceView } from './view.ts'

const schema = z.strictObject({
  device: id.describe('id of the device'),
  reason: name.optional().describe('why, for the record'),
})

/** Any of its owners may stop a device: a breach in one house must not wait for the other. */
export const deviceQuarantine: Procedure = procedure({
  uri: procedureUris.deviceQuarantine,
  summary:
    'Cut a device off: its sessions end, and nothing reaches it or comes from it until it is released.',
  input: schema,
  right: levelOneInAny<z.output<typeof schema>>(
    (input, context) => deviceHere(context, input.device)?.ecosystems ?? [],
  ),
  changes: true,
  cli: { positional: ['device'] },
  target: (input) => input.device,
  async handle(input, context) {
    if (deviceHere(context, input.device) === undefined) throw notFound('device', input.device)
    const { devices } = context.ecosystems
    const row = await devices.quarantine(input.device, input.reason ?? 'asked for')
    return deviceView(row, context)
  },
})
