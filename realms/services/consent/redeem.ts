import { z } from 'zod'
import { verifyReceipt } from '../../../ecosystems/proofs/receipt.ts'
import type { ReceiptClaims } from '../../../proofs/claims.ts'
import { ProofError } from '../../../proofs/proof-error.ts'
import { WampError } from '../../../router/wire/errors.ts'
import { procedure, type Procedure, type ProcedureContext } from '../../procedure.ts'
import { procedureUris } from '../../uris.ts'
import { jws } from '../inputs.ts'
import { self } from '../rights.ts'
import { paymentKeys } from './payment.ts'

const schema = z.strictObject({
  receipt: jws.describe('as latchkey.consent.authorize gave it'),
  payee: paymentKeys.payee.optional().describe('who it must be for'),
  amount: paymentKeys.amount.optional().describe('how much it must be about'),
  currency: paymentKeys.currency.optional().describe('in which currency'),
  ref: paymentKeys.ref.optional().describe('what it must be for'),
})

export const consentRedeem: Procedure = procedure({
  uri: procedureUris.consentRedeem,
  summary:
    'Use a receipt up: learn to what a person consented. Whoever holds it can, once; a second time is a conflict.',
  input: schema,
  right: self,
  changes: true,
  secrets: ['receipt'],
  cli: { positional: ['receipt'] },
  target: (_input, result) => (typeof result?.['id'] === 'string' ? result['id'] : ''),
  async handle(input, context) {
    const claims = claimsOf(input, context)
    const { usedAt } = await context.ecosystems.receipts.redeem(claims.jti)
    const { jti: id, sub: person, payee, amount, currency, ref } = claims
    return { id, person, payee, amount, currency, ref, redeemed_at: usedAt }
  },
})

/** What it says, if that still stands. A receipt is no secret: what is wrong with it may be told. */
function claimsOf(
  input: z.output<typeof schema>,
  { proofs, clock, ecosystems }: ProcedureContext,
): ReceiptClaims {
  let claims: ReceiptClaims
  try {
    claims = verifyReceipt(proofs.keys, input.receipt, clock.now())
  } catch (error) {
    if (!(error instanceof ProofError)) throw error
    throw invalidReceipt(error.message, error)
  }
  for (const key of ['payee', 'amount', 'currency', 'ref'] as const)
    if (input[key] !== undefined && input[key] !== claims[key])
      throw invalidReceipt(`it is about another ${key}`)
  const person = ecosystems.people.get(claims.sub)
  if (person?.status !== 'active')
    throw invalidReceipt('the person may not consent to anything any more')
  // Whoever had the account in wrong hands has not spent in its name what nobody has used yet.
  if (person.proofsAfter !== null && claims.iat * 1_000 <= person.proofsAfter)
    throw invalidReceipt('the account was cut off since')
  return claims
}

function invalidReceipt(why: string, cause?: unknown): WampError {
  return new WampError('wamp.error.invalid_argument', `receipt: it is not valid: ${why}`, { cause })
}
