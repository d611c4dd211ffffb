import type { z } from 'zod'
import type { Dict } from '../../../router/wire/message.ts'
import type { PaymentInput } from '../../uris.ts'
import { amount, currency, line } from '../inputs.ts'

/** A payment, as keys of an input. */
export const paymentKeys: {
  payee: z.ZodString
  amount: z.ZodString
  currency: z.ZodString
  ref: z.ZodString
} = {
  payee: line.describe('who gets it'),
  amount: amount.describe('how much, as text, for instance 12.50'),
  currency: currency.describe('of ISO 4217, for instance EUR'),
  ref: line.describe('what for'),
}

/** The keyword arguments that are signed for: exactly these. */
export function paymentOf({
  payee,
  amount: sum,
  currency: unit,
  ref,
}: PaymentInput): PaymentInput & Dict {
  return { payee, amount: sum, currency: unit, ref }
}
