import { z } from 'zod'
import type { NewAuthenticator } from '../../../ecosystems/personal-authenticators.ts'
import type { Challenge } from '../../../ecosystems/proofs/challenges.ts'
import { verifyStepUp } from '../../../ecosystems/proofs/step-up-proof.ts'
import { ProofError } from '../../../proofs/proof-error.ts'
import { WampError } from '../../../router/wire/errors.ts'
import { procedure, type Procedure, type ProcedureContext } from '../../procedure.ts'
import { fallen } from '../../standing.ts'
import { procedureUris } from '../../uris.ts'
import { challenge } from '../inputs.ts'
import { person } from '../rights.ts'
import {
  answerKeys,
  judged,
  judgedLater,
  takeChallenge,
  type ProofInput,
} from '../stepup/confirmation.ts'
import { offeredDigest, offeredKeys, type Offered } from './offered.ts'
import { provenStrength } from './strength.ts'
import { authenticatorView } from './view.ts'

const uri = procedureUris.authenticatorEnrolComplete

export const authenticatorEnrolComplete: Procedure = procedure({
  uri,
  summary:
    'Enrol it, by the proof that it has the key. What it confirms is worth what this session has freshly proven, and never more.',
  input: z.strictObject({
    challenge: challenge.describe('as latchkey.authenticator.enrol.begin gave it'),
    ...offeredKeys,
    ...answerKeys,
  }),
  right: person,
  changes: true,
  secrets: ['proof', 'webauthn'],
  cli: { hidden: true },
  target: (_input, result) => (typeof result?.['id'] === 'string' ? result['id'] : ''),
  async handle(input, context) {
    const taken = takeChallenge(context, input.challenge)
    const digest = offeredDigest(input)
    judged(() => {
      if (taken.uri !== uri) throw new ProofError('uri', 'it is for another procedure')
      if (taken.argsSha256 !== digest) throw new ProofError('arguments', 'it is for another one')
    })
    const key = await judgedLater(provenKey(input, taken, context))
    // As it is now: the proof may have grown old while the person looked for the watch.
    const acr = provenStrength(context, uri)
    const { principal } = context.caller
    if (fallen(principal, context.ecosystems))
      throw new WampError('wamp.error.not_authorized', 'the account was shut out meanwhile')
    const { authid } = principal
    const { kind, name } = input
    const { authenticators } = context.ecosystems
    return authenticatorView(
      await authenticators.enrol({ ...key, person: authid, name, kind, acr }),
    )
  },
})

/** @throws ProofError */
async function provenKey(
  input: Offered & ProofInput,
  taken: Challenge,
  { proofs, clock }: ProcedureContext,
): Promise<Pick<NewAuthenticator, 'publicKey' | 'credential'>> {
  const now = clock.now()
  if (input.public_key !== undefined) {
    verifyStepUp(input.proof, { publicKey: input.public_key, challenge: taken, now })
    return { publicKey: input.public_key, credential: null }
  }
  if (proofs.passkeys === undefined)
    throw new ProofError('untrusted', 'there is nothing by which a passkey could be checked')
  const { publicKey, ...credential } = await proofs.passkeys.register(input.webauthn, taken, now)
  return { publicKey, credential }
}
