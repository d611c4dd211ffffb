import { createHash, createHmac, timingSafeEqual } from 'node:crypto'

/** What the router keeps of a password: enough to check a proof and to prove itself, too little to give a proof. */
export interface ScramKeyPair {
  readonly storedKey: Buffer
  readonly serverKey: Buffer
}

const hashBytes = 32
const canonicalBase64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

/** The bytes of canonical base64 (RFC 4648), or `undefined` where it is none. */
export function fromBase64(text: unknown): Buffer | undefined {
  if (typeof text !== 'string' || !canonicalBase64.test(text)) return undefined
  const bytes = Buffer.from(text, 'base64')
  // Bits beyond the last octet could be anything, and two texts would stand for the same bytes.
  return bytes.toString('base64') === text ? bytes : undefined
}

function hmac(key: Uint8Array, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}

/** StoredKey and ServerKey of a salted password (RFC 5802, 3). */
export function scramKeyPair(saltedPassword: Uint8Array): ScramKeyPair {
  return {
    storedKey: createHash('sha256').update(hmac(saltedPassword, 'Client Key')).digest(),
    serverKey: hmac(saltedPassword, 'Server Key'),
  }
}

/** `,` and `=` separate attributes in an AuthMessage (RFC 5802, 5.1, `n`). */
export function escapeName(name: string): string {
  return name.replaceAll('=', '=3D').replaceAll(',', '=2C')
}

/** What the client's and the router's signatures are made of. */
export interface ScramExchange {
  /** As it stands in the message: escaped where the dialect escapes. */
  readonly name: string
  readonly clientNonce: string
  /** The client's with the router's after it. */
  readonly nonce: string
  readonly salt: string
  readonly iterations: number
  /** The attribute `c`. */
  readonly channelBinding: string
}

/** AuthMessage (rfc/text/advanced/authentication_scram.md). */
export function authMessage(exchange: ScramExchange): string {
  const { name, clientNonce, nonce, salt, iterations, channelBinding } = exchange
  return `n=${name},r=${clientNonce},r=${nonce},s=${salt},i=${iterations},c=${channelBinding},r=${nonce}`
}

/** The attribute `c`: base64 of the GS2 header, and of the binding's data after it. */
export function channelBindingAttribute(type: string | null, data: Uint8Array): string {
  const header = type === null ? 'n,,' : `p=${type},,`
  return Buffer.concat([Buffer.from(header), data]).toString('base64')
}

/** Whether the proof was made by who knows the password. */
export function proofHolds(proof: Buffer, { storedKey }: ScramKeyPair, message: string): boolean {
  if (proof.length !== hashBytes) return false
  const signature = hmac(storedKey, message)
  const clientKey = proof.map((octet, index) => octet ^ (signature[index] ?? 0))
  return timingSafeEqual(createHash('sha256').update(clientKey).digest(), storedKey)
}

/** By which the client knows that the router has its keys: base64. */
export function serverSignature({ serverKey }: ScramKeyPair, message: string): string {
  return hmac(serverKey, message).toString('base64')
}
