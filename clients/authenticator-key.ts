import { createPublicKey } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { openKey } from '../proofs/private-file.ts'
import type { AuthenticatorKey } from './authenticator.ts'

/**
 * The key of a watch in a file (0600, Ed25519 in PEM); made where there is none. Node only.
 * @throws Error naming the file when others can read it, or when it holds something else
 */
export async function openAuthenticatorKey(file: string): Promise<AuthenticatorKey> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  const key = await openKey(file)
  const { x } = createPublicKey(key).export({ format: 'jwk' })
  const der = key.export({ type: 'pkcs8', format: 'der' })
  return {
    privateKey: await crypto.subtle.importKey('pkcs8', der, 'Ed25519', false, ['sign']),
    publicKey: Buffer.from(x ?? '', 'base64url').toString('hex'),
  }
}
