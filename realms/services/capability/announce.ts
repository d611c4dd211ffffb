import { z } from 'zod'
import { procedure, type Procedure } from '../../procedure.ts'
import { procedureUris } from '../../uris.ts'
import { attributes, capabilityAction, deviceUri } from '../inputs.ts'
import { device } from '../rights.ts'

/** Gives no right to anybody: levels come from the class or the owner, whatever a device says. */
export const capabilityAnnounce: Procedure = procedure({
  uri: procedureUris.capabilityAnnounce,
  summary: 'Say what this device is like and what it can do; what is left out stays as it was.',
  input: z.strictObject({
    attributes: attributes.optional().describe('what the device says of itself'),
    capabilities: z
      .array(
        z.strictObject({
          uri: deviceUri.describe("a URI under the device's prefix"),
          action: capabilityAction.describe('what others may do with it, if their level allows'),
        }),
        { error: 'a list of at most 256 of {uri, action}' },
      )
      .max(256, { error: 'a list of at most 256 of {uri, action}' })
      .optional()
      .describe('what the device can do'),
  }),
  right: device,
  changes: true,
  cli: { hidden: true },
  async handle(input, { ecosystems, caller }) {
    const { attributes: said, capabilities } = input
    const { device: row, changed } = await ecosystems.devices.announce(caller.principal.authid, {
      ...(said !== undefined && { attributes: said }),
      ...(capabilities !== undefined && { capabilities }),
    })
    return { capabilities: row.announced.length, changed }
  },
})
