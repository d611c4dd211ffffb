import { z } from 'zod'
import { reaches } from '../../../ecosystems/assurance-map.ts'
import { signReceipt } from '../../../ecosystems/proofs/receipt.ts'
import type { StepUp } from '../../../ecosystems/step-ups.ts'
import { ProofError } from '../../../proofs/proof-error.ts'
import { procedure, type Procedure, type ProcedureContext } from '../../procedure.ts'
import { procedureUris } from '../../uris.ts'
import { challenge, duration, durationMs } from '../inputs.ts'
import { person } from '../rights.ts'
import { WampError } from '../../../router/wire/errors.ts'
import { digestOfValues } from '../stepup/arguments.ts'
import { answerKeys, confirmed, judged, takeChallenge } from '../stepup/confirmation.ts'
import { stepUpRequired } from '../stepup/required.ts'
import { paymentKeys, paymentOf } from './payment.ts'

const uri = procedureUris.consentAuthorize

/** A payment takes two factors, bound to it. */
const acr = 'aal2'
const defaultTtlMs = 15 * 60_000

const schema = z.strictObject({
  ...paymentKeys,
  ttl: duration.optional().describe('how long the receipt is good; default 15m, at most 24h'),
  challenge: challenge
    .optional()
    .describe(
      'as latchkey.stepup.begin gave it, with what answers it; absent: this session has stepped up for this',
    ),
  ...answerKeys,
})

export const consentAuthorize: Procedure = procedure({
  uri,
  summary:
    'Consent to exactly this payment, by a confirmation bound to it: get a signed receipt that is good once. No money moves.',
  input: schema,
  right: person,
  changes: true,
  secrets: ['proof', 'webauthn'],
  cli: { hidden: true },
  target: (_input, result) => (typeof result?.['id'] === 'string' ? result['id'] : ''),
  async handle(input, context) {
    const { ecosystems, proofs, caller, clock } = context
    const ttlMs = input.ttl === undefined ? defaultTtlMs : durationMs(input.ttl)
    if (ttlMs > ecosystems.receipts.longestMs)
      throw new WampError(
        'wamp.error.invalid_argument',
        `ttl: found ${input.ttl}, allowed is at most ${ecosystems.receipts.longestMs / 1_000}s`,
      )
    const payment = paymentOf(input)
    const digest = digestOfValues({ kwargs: payment })
    await proven(input, digest, context)
    const { authid } = caller.principal
    const now = clock.now()
    const times = { now, expiresAt: now + ttlMs }
    const { receipt, claims } = signReceipt(proofs.keys.current, authid, payment, times)
    const expiresAt = claims.exp * 1_000
    const { jti: id } = claims
    // Handed out only when it is remembered: otherwise it could be redeemed twice.
    await ecosystems.receipts.add({ id, person: authid, ...payment, expiresAt })
    return { receipt, id, expires_at: expiresAt }
  },
})

function isStrong(stepUp: StepUp): boolean {
  return reaches(stepUp.acr, acr)
}

/** Spends a confirmation of exactly this. @throws WampError authorization_required, not_authorized */
async function proven(
  input: z.output<typeof schema>,
  digest: string,
  context: ProcedureContext,
): Promise<void> {
  const { ecosystems, caller, clock } = context
  const now = clock.now()
  if (input.challenge !== undefined) {
    const taken = takeChallenge(context, input.challenge)
    const stepUp = await confirmed(context, taken, input)
    judged(() => {
      if (stepUp.uri !== uri) throw new ProofError('uri', 'it is for another procedure')
      if (stepUp.argsSha256 !== digest)
        throw new ProofError('arguments', 'it is for another payment')
    })
    if (isStrong(stepUp)) return
  } else {
    const found = ecosystems.stepUps
      .of(caller.id, uri)
      .find((each) => each.argsSha256 === digest && each.expiresAt > now && isStrong(each))
    if (found !== undefined && ecosystems.stepUps.spend(found)) return
  }
  throw stepUpRequired({ uri, acrValues: [acr] })
}
