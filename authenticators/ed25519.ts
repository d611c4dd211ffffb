import { createPublicKey, verify } from 'node:crypto'
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
