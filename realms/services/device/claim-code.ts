import { z } from 'zod'
import { newClaimCode } from '../../../ecosystems/claim-codes.ts'
import { procedure, type Procedure } from '../../procedure.ts'
import { procedureUris } from '../../uris.ts'
import { device } from '../rights.ts'

/** A device that lost its code before it could show it would be nobody's for good. */
export const deviceClaimCode: Procedure = procedure({
  uri: procedureUris.deviceClaimCode,
  summary:
    'Get another code by which an owner can claim this device; the one before it is good for nothing then.',
  input: z.strictObject({}),
  right: device,
  changes: true,
  cli: { hidden: true },
  async handle(_input, { ecosystems, caller }) {
    const claimCode = newClaimCode()
    await ecosystems.devices.renewClaim(caller.principal.authid, claimCode)
    return { claim_code: claimCode }
  },
})
