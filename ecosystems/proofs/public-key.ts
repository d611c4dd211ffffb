import { createPublicKey, type KeyObject } from 'node:crypto'
import { ProofError } from '../../proofs/proof-error.ts'
import { isWeakKey } from '../weak-keys.ts'

/**
 * An Ed25519 public key to verify with. `hex`: 32 bytes in lower-case hex, as they are kept.
 * @throws ProofError `untrusted` for what is no such key, or one for which anybody can sign
 */
export function ed25519PublicKey(hex: string): KeyObject {
  const bytes = Buffer.from(hex, 'hex')
  if (bytes.length !== 32 || hex.length !== 64 || isWeakKey(bytes))
    throw new ProofError('untrusted', 'the key is none by which a signature proves anything')
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: bytes.toString('base64url') }
  return createPublicKey({ format: 'jwk', key: jwk })
}
