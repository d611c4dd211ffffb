import { z } from 'zod'
import { procedure, type Procedure } from '../../procedure.ts'
import { procedureUris } from '../../uris.ts'
import { id } from '../inputs.ts'
import { levelOne } from '../rights.ts'
import { deviceHere, ecosystemHere, notFound } from '../scope.ts'
import { deviceView } from './view.ts'

const schema = z.strictObject({
  device: id.describe('id of the device'),
  ecosystem: id.describe('ecosystem that it is to be in as well'),
})

/**
 * Level 1 is needed where the device is as well as where it goes: else whoever owns any ecosystem could pull
 * a neighbour's device into it, and be its owner there.
 */
export const deviceAdmit: Procedure = procedure({
  uri: procedureUris.deviceAdmit,
  summary:
    'Let a device into one more ecosystem; needs level 1 in that and in all it is in already.',
  input: schema,
  right: levelOne<z.output<typeof schema>>((input, context) => {
    const row = deviceHere(context, input.device)
    return row === undefined ? [] : [input.ecosystem, ...row.ecosystems]
  }),
  changes: true,
  cli: { positional: ['device'] },
  target: (input) => input.device,
  async handle(input, context) {
    if (deviceHere(context, input.device) === undefined) throw notFound('device', input.device)
    if (ecosystemHere(context, input.ecosystem) === undefined)
      throw notFound('ecosystem', input.ecosystem)
    const row = await context.ecosystems.devices.admit(input.device, input.ecosystem)
    return deviceView(row, context)
  },
})
