import { canonicalArguments } from '../proofs/arguments.ts'
import type { Arguments } from '../proofs/arguments.ts'

/**
 * `args_sha256` of a call: 64 of 0 to 9 and a to f, the same for every serializer. Needs WebCrypto, which a browser has
 * on https and on localhost. @throws ProofError `arguments` for values that are not the same everywhere
 */
export async function argumentsDigest(values: Arguments): Promise<string> {
  const bytes = new TextEncoder().encode(canonicalArguments(values))
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
