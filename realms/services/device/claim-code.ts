import { z } from 'zod'
import { newClaimCode } from '../../../ecosystems/claim-codes.ts'
import { procedure, type Procedure } from '../../procedure.ts'
import { procedureUris } from '../../uris.ts'
import { device } from '../rights.ts'
import { deviceHere, notFound } from '../scope.ts'

/** A device that lost its code before it could show it would be nobody's for good. */
export const deviceClaimCode: Procedure = procedure({
  uri: procedureUris.deviceClaimCode,
  summary:
    'Get another code by which an owner can claim this device, or its place in the house if somebody has; the code before it is good for nothing then.',
  input: z.strictObject({
    keep: z
      .boolean()
      .optional()
      .describe('let the code before it be good: only ask whether the device was claimed'),
  }),
  right: device,
  changes: true,
  cli: { hidden: true },
  async handle(input, context) {
    const { ecosystems, caller } = context
    const row = deviceHere(context, caller.principal.authid)
    if (row === undefined) throw notFound('device', caller.principal.authid)
    const { status, prefix, ecosystems: places } = row
    if (status !== 'new') return { class: row.class, prefix, ecosystems: places, changed: false }
    if (input.keep === true) return { changed: false }
    const claimCode = newClaimCode()
    await ecosystems.devices.renewClaim(row.id, claimCode)
    return { claim_code: claimCode }
  },
})
