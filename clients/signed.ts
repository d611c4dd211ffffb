import { compactVerify, errors } from 'jose'
import type { CompactVerifyResult, CryptoKey } from 'jose'
import type { ProofType } from '../proofs/claims.ts'
import { ProofError } from '../proofs/proof-error.ts'
import { readShape } from '../proofs/shape.ts'
import type { Shape } from '../proofs/shape.ts'

/** The claims of a text that `key` signed as one of this type, and as that key. Looks at no time. @throws ProofError */
export async function verifySigned<T>(
  text: unknown,
  expected: {
    readonly typ: ProofType
    readonly key: CryptoKey
    readonly kid: string
    readonly shape: Shape<T>
    readonly maxChars: number
  },
): Promise<T> {
  if (typeof text !== 'string' || text.length > expected.maxChars)
    throw new ProofError('malformed', `a text of at most ${expected.maxChars} characters is needed`)
  // One text for one signature: base64 is read leniently, with spaces and padding.
  if (!/^[\w-]+\.[\w-]+\.[\w-]{86}$/.test(text))
    throw new ProofError('malformed', 'it is no compact JWS')
  const { payload, protectedHeader } = await verified(text, expected.key)
  if (protectedHeader.typ !== expected.typ) throw new ProofError('type', `it is no ${expected.typ}`)
  if (protectedHeader.kid !== expected.kid)
    throw new ProofError('signature', 'it names another key')
  return readShape(decoded(payload), expected.shape)
}

/** The claims of a text whose signer is not known yet: for whoever looks in it for the key. */
export function unverifiedClaims(text: unknown, maxChars: number): unknown {
  const [, payload = ''] =
    typeof text === 'string' && text.length <= maxChars ? text.split('.') : []
  try {
    const standard = payload.replaceAll('-', '+').replaceAll('_', '/')
    return decoded(Uint8Array.from(atob(standard), (each) => each.charCodeAt(0)))
  } catch (cause) {
    throw new ProofError('malformed', 'it is no compact JWS', { cause })
  }
}

async function verified(text: string, key: CryptoKey): Promise<CompactVerifyResult> {
  try {
    return await compactVerify(text, key, { algorithms: ['EdDSA'] })
  } catch (cause) {
    const problem =
      cause instanceof errors.JOSEAlgNotAllowed
        ? 'algorithm'
        : cause instanceof errors.JWSSignatureVerificationFailed
          ? 'signature'
          : 'malformed'
    throw new ProofError(problem, 'the key did not sign this', { cause })
  }
}

function decoded(payload: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload)) as unknown
  } catch (cause) {
    throw new ProofError('malformed', 'the claims are no JSON', { cause })
  }
}
