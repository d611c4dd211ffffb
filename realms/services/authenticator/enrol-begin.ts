import { z } from 'zod'
import { WampError } from '../../../router/wire/errors.ts'
import { procedure, type Procedure } from '../../procedure.ts'
import { errorUris, procedureUris } from '../../uris.ts'
import { person } from '../rights.ts'
import { beginChallenge, passkeyOf } from '../stepup/confirmation.ts'
import { offeredDigest, offeredKeys } from './offered.ts'
import { provenStrength } from './strength.ts'

export const authenticatorEnrolBegin: Procedure = procedure({
  uri: procedureUris.authenticatorEnrolBegin,
  summary:
    'Begin to enrol a watch, a phone, a key or a passkey by which one will confirm: get what its key has to sign.',
  input: z.strictObject(offeredKeys),
  right: person,
  changes: false,
  cli: { hidden: true },
  async handle(input, context) {
    const { ecosystems, proofs, caller } = context
    const digest = offeredDigest(input)
    provenStrength(context, procedureUris.authenticatorEnrolBegin)
    if (input.kind === 'passkey' && proofs.passkeys === undefined)
      throw new WampError(
        errorUris.invalidState,
        'kind: this house has no page at an address at which browsers make passkeys',
      )
    const { challenge, request } = beginChallenge(
      context,
      procedureUris.authenticatorEnrolComplete,
      digest,
    )
    if (input.kind !== 'passkey' || proofs.passkeys === undefined) return { ...request }
    const { authid: id } = caller.principal
    const owned = ecosystems.authenticators.of(id).flatMap((row) => passkeyOf(row) ?? [])
    const whom = { id, name: ecosystems.people.get(id)?.name ?? id }
    const options = await proofs.passkeys.registrationOptions(challenge, whom, owned)
    return { ...request, webauthn: { ...options } }
  },
})
