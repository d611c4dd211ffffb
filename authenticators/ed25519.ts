import { createPrivateKey, createPublicKey, sign, verify, type KeyObject } from 'node:crypto'
import { isWeakKey } from '../ecosystems/weak-keys.ts'

/** Whether `value` is `bytes` bytes in hex, of either case. */
export function isHex(value: unknown, bytes: number): value is string {
  return typeof value === 'string' && value.length === bytes * 2 && /^[0-9a-f]*$/i.test(value)
}

/** Whether the holder of `publicKey` (32 bytes) signed `message`. Never throws, whatever the bytes are. */
export function verifyEd25519(publicKey: Buffer, message: Buffer, signature: Buffer): boolean {
  if (isWeakKey(publicKey)) return false
  try {
    const jwk = { kty: 'OKP', crv: 'Ed25519', x: publicKey.toString('base64url') }
    return verify(null, message, createPublicKey({ format: 'jwk', key: jwk }), signature)
  } catch {
    // Bytes that are no key sign nothing: the answer is no, and the caller logs it.
    return false
  }
}

/** ASN.1 before the 32 bytes of a private key (RFC 8410, 7). */
const privateKeyHead = Buffer.from('302e020100300506032b657004220420', 'hex')

/** A key that signs: of the router, which proves itself with it. */
export class SigningKey {
  /** 32 bytes in lower-case hex. */
  readonly publicKey: string
  readonly #key: KeyObject

  /** `seed`: 32 bytes in hex, as cryptosign's clients keep it. */
  constructor(seed: string) {
    const der = Buffer.concat([privateKeyHead, Buffer.from(seed, 'hex')])
    this.#key = createPrivateKey({ format: 'der', type: 'pkcs8', key: der })
    const { x = '' } = createPublicKey(this.#key).export({ format: 'jwk' })
    this.publicKey = Buffer.from(x, 'base64url').toString('hex')
  }

  /** The signature, with the message after it, in hex: 96 bytes for a message of 32, as cryptosign has it. */
  sign(message: Uint8Array): string {
    return Buffer.concat([sign(null, message, this.#key), message]).toString('hex')
  }
}
