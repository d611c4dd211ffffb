import { z } from 'zod'
import { procedure, type Procedure } from '../../procedure.ts'
import { procedureUris } from '../../uris.ts'
import { id, shadowState, version } from '../inputs.ts'
import { device } from '../rights.ts'
import { refused } from '../shadow-access.ts'
import { ownOrChild } from '../shadow-speaker.ts'
import { shadowView } from './view.ts'

/** Not for the record, as nothing is decided by it: a device may say every second how warm it is. */
export const shadowReport: Procedure = procedure({
  uri: procedureUris.shadowReport,
  summary: 'Say what this device is like now, and which wish it has taken.',
  input: z.strictObject({
    reported: shadowState.optional().describe('what has changed; null takes a key away'),
    version: version.optional().describe('version of the wish that the device has taken'),
    device: id.optional().describe('child behind this device that it is about'),
  }),
  right: device,
  changes: false,
  cli: { hidden: true },
  async handle(input, context) {
    const row = ownOrChild(input.device, context)
    if (row === undefined) throw refused()
    const shadow = await context.ecosystems.shadows.report(row.id, {
      ...(input.reported !== undefined && { reported: input.reported }),
      ...(input.version !== undefined && { version: input.version }),
    })
    return shadowView(shadow)
  },
})
