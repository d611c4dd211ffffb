import { z } from 'zod'
import { newClaimCode } from '../../../ecosystems/claim-codes.ts'
import { newDeviceSecret } from '../../../ecosystems/device-secret.ts'
import { WampError } from '../../../router/wire/errors.ts'
import { procedure, type Procedure } from '../../procedure.ts'
import { procedureUris } from '../../uris.ts'
import { attributes, publicKey, secret } from '../inputs.ts'
import { provisioning } from '../rights.ts'

export const deviceEnrol: Procedure = procedure({
  uri: procedureUris.deviceEnrol,
  summary:
    'Redeem the provisioning code for a place in the house, with the key that was made on board.',
  input: z.strictObject({
    code: secret.describe('the provisioning code with which the session was joined'),
    public_key: publicKey.optional().describe('public half of the Ed25519 key, in hex'),
    secret: z
      .literal(true, { error: 'true' })
      .optional()
      .describe('instead of a key, for a device that can do no such thing: a secret for wampcra'),
    attributes: attributes.optional().describe('what the device says of itself'),
  }),
  right: provisioning,
  changes: true,
  secrets: ['code', 'secret'],
  cli: { hidden: true },
  target: (_input, result) => (typeof result?.['id'] === 'string' ? result['id'] : ''),
  async handle(input, { ecosystems, realm }) {
    // Used up since the join, or good for another realm than the one that is joined.
    if (ecosystems.provisioning.check(input.code)?.realm !== realm.uri)
      throw new WampError('wamp.error.authentication_denied', 'the code is not good')
    const claimCode = newClaimCode()
    const weak = input.secret === true ? await newDeviceSecret() : undefined
    const row = await ecosystems.devices.enrol({
      code: input.code,
      claimCode,
      ...(input.public_key !== undefined && { publicKey: input.public_key }),
      ...(weak !== undefined && { secret: weak.kept }),
      ...(input.attributes !== undefined && { attributes: input.attributes }),
    })
    return {
      id: row.id,
      realm: row.realm,
      class: row.class,
      prefix: row.prefix,
      ecosystems: row.ecosystems,
      status: row.status,
      ...(row.status === 'new' && { claim_code: claimCode }),
      ...(weak !== undefined && { secret: weak.secret }),
    }
  },
})
