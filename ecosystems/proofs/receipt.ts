import { randomBytes } from 'node:crypto'
import { proofTypes, receiptShape, type ReceiptClaims } from '../../proofs/claims.ts'
import { ProofError } from '../../proofs/proof-error.ts'
import { readShape } from '../../proofs/shape.ts'
import { invalid } from '../errors.ts'
import type { HouseKey, HouseKeys } from './house-key.ts'
import { verifyJws } from './jws.ts'

/** What a person agrees to pay. */
export type Payment = Pick<ReceiptClaims, 'payee' | 'amount' | 'currency' | 'ref'>

/** ISO 4217's codes for what is no money that anybody pays with: gold, test, none. */
const noMoney = /^X/
/** They begin with X and are money all the same. */
const xMoney: ReadonlySet<string> = new Set(['XAF', 'XCD', 'XCG', 'XOF', 'XPF'])

/**
 * A receipt for exactly this payment, good until `expiresAt`.
 * @throws DomainError invalid_argument naming what is not valid
 */
export function signReceipt(
  key: HouseKey,
  person: string,
  payment: Payment,
  times: { readonly now: number; readonly expiresAt: number },
): { readonly receipt: string; readonly claims: ReceiptClaims } {
  const { payee, amount, currency, ref } = payment
  const claims: ReceiptClaims = {
    iss: key.kid,
    sub: person,
    payee,
    amount,
    currency,
    ref,
    jti: randomBytes(16).toString('base64url'),
    iat: Math.floor(times.now / 1_000),
    exp: Math.floor(times.expiresAt / 1_000),
  }
  if (noMoney.test(currency) && !xMoney.has(currency))
    throw invalid('currency', currency, 'a currency of ISO 4217')
  if (!/[1-9]/.test(amount)) throw invalid('amount', amount, 'more than nothing')
  try {
    readShape(claims, receiptShape)
  } catch (error) {
    if (!(error instanceof ProofError)) throw error
    throw invalid(
      'payment',
      payment,
      `payee, amount, currency and ref of a receipt (${error.message})`,
    )
  }
  return { receipt: key.sign(proofTypes.receipt, claims), claims }
}

/**
 * The claims of a receipt that this house signed, with its key or the one before it, and that still holds. Whether it
 * was used is its row's to say. @throws ProofError
 */
export function verifyReceipt(
  { current, previous }: HouseKeys,
  receipt: unknown,
  now: number,
): ReceiptClaims {
  const claims =
    previous === undefined ? signedBy(current, receipt) : byEither(current, previous, receipt)
  if (now >= claims.exp * 1_000) throw new ProofError('expired', 'it is over')
  return claims
}

function byEither(current: HouseKey, previous: HouseKey, receipt: unknown): ReceiptClaims {
  try {
    return signedBy(current, receipt)
  } catch (error) {
    if (!(error instanceof ProofError) || error.problem !== 'signature') throw error
    return signedBy(previous, receipt)
  }
}

function signedBy({ publicKey, kid }: HouseKey, receipt: unknown): ReceiptClaims {
  const typ = proofTypes.receipt
  const claims = verifyJws(receipt, { typ, key: publicKey, kid, shape: receiptShape })
  if (claims.iss !== kid) throw new ProofError('signature', 'it names another house')
  return claims
}
