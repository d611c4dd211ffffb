import { createHash } from 'node:crypto'
import { canonical, canonicalArguments, type Arguments } from '../../proofs/arguments.ts'

/** `args_sha256`: 64 of 0 to 9 and a to f. @throws ProofError `arguments` for values without a canonical form */
export function argumentsDigest(values: Arguments): string {
  return createHash('sha256').update(canonicalArguments(values)).digest('hex')
}

/** SHA-256 of any value's canonical form, in bytes. @throws ProofError `arguments` */
export function canonicalDigest(value: unknown): Buffer {
  return createHash('sha256').update(canonical(value)).digest()
}
