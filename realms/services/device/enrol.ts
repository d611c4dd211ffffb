import { z } from 'zod'
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
    public_key: publicKey.describe('public half of the Ed25519 key, in hex'),
    attributes: attributes.optional().describe('what the device says of itself'),
  }),
  right: provisioning,
  changes: true,
  secrets: ['code'],
  cli: { hidden: true },
  target: (_input, result) => (typeof result?.['id'] === 'string' ? result['id'] : ''),
  async handle(input, { ecosystems, realm }) {
    // Used up since the join, or good for another realm than the one that is joined.
    if (ecosystems.provisioning.check(input.code)?.realm !== realm.uri)
      throw new WampError('wamp.error.authentication_denied', 'the code is not good')
    const row = await ecosystems.devices.enrol({
      code: input.code,
      publicKey: input.public_key,
      ...(input.attributes !== undefined && { attributes: input.attributes }),
    })
    return {
      id: row.id,
      realm: row.realm,
      class: row.class,
      prefix: row.prefix,
      ecosystems: row.ecosystems,
    }
  },
})
