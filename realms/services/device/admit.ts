import { z } from 'zod'
import { procedure, type Procedure, type Right } from '../../procedure.ts'
import { procedureUris } from '../../uris.ts'
import { id } from '../inputs.ts'
import { deviceHere, ecosystemHere, notFound, ownsEcosystem, ownsForGood } from '../scope.ts'
import { deviceView } from './view.ts'

const schema = z.strictObject({
  device: id.describe('id of the device'),
  ecosystem: id.describe('ecosystem that it is to be in as well'),
})

/**
 * Level 1 is needed where the device is as well as where it goes: else whoever owns any ecosystem could pull
 * a neighbour's device into it, and be its owner there. Where it is, for good: else whoever has level 1 for a weekend
 * could, and be its owner from then on.
 */
const levelOneInAll: Right<z.output<typeof schema>> = {
  name: 'level 1 in all, and where it is for good: from the operator or by having made that',
  admits: ({ kind }) => kind === 'operator' || kind === 'person' || kind === 'device',
  permits(input, context) {
    if (context.caller.principal.kind === 'operator') return true
    const homes = deviceHere(context, input.device)?.ecosystems ?? []
    return (
      ownsEcosystem(context, input.ecosystem) &&
      homes.length > 0 &&
      homes.every((home) => ownsForGood(context, home))
    )
  },
}

export const deviceAdmit: Procedure = procedure({
  uri: procedureUris.deviceAdmit,
  summary:
    'Let a device into one more ecosystem; needs level 1 in that and in all it is in already.',
  input: schema,
  right: levelOneInAll,
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
