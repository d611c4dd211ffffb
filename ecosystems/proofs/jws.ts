import { sign, verify, type KeyObject } from 'node:crypto'
import { maxProofChars, type ProofType } from '../../proofs/claims.ts'
import { ProofError } from '../../proofs/proof-error.ts'
import { readShape, type Shape } from '../../proofs/shape.ts'

/**
 * Compact JWS (RFC 7515) with EdDSA and nothing else, without a promise: an assertion is made while a message waits,
 * and a key is looked up by who is to have signed, never by what the header says.
 */

/** The protected header, encoded; it is the same for all that one key signs of one type. */
export function jwsHeader(typ: ProofType, kid?: string): string {
  return encode({ alg: 'EdDSA', typ, ...(kid !== undefined && { kid }) })
}

export function signJws(key: KeyObject, header: string, claims: object): string {
  const signed = `${header}.${encode(claims)}`
  return `${signed}.${sign(null, Buffer.from(signed), key).toString('base64url')}`
}

/** The claims of a text that `key` signed as one of this type. Looks at no time. @throws ProofError */
export function verifyJws<T>(
  text: unknown,
  expected: {
    readonly typ: ProofType
    readonly key: KeyObject
    readonly shape: Shape<T>
    readonly kid?: string
  },
): T {
  if (typeof text !== 'string' || text.length > maxProofChars)
    throw new ProofError('malformed', `a text of at most ${maxProofChars} characters is needed`)
  const parts = /^([\w-]+)\.([\w-]+)\.([\w-]{86})$/.exec(text)
  // An empty signature is what `alg: none` comes with, so its header is read all the same.
  const [, header = text.split('.')[0] ?? '', payload = '', signature = ''] = parts ?? []
  checkHeader(decode(header), expected)
  if (parts === null) throw new ProofError('malformed', 'it is no compact JWS')
  const signed = Buffer.from(`${header}.${payload}`)
  if (!verify(null, signed, expected.key, Buffer.from(signature, 'base64url')))
    throw new ProofError('signature', 'the key did not sign this')
  return readShape(decode(payload), expected.shape)
}

function checkHeader(
  header: unknown,
  { typ, kid }: { readonly typ: string; readonly kid?: string },
): void {
  if (typeof header !== 'object' || header === null)
    throw new ProofError('malformed', 'the header is no dictionary')
  const found = header as Record<string, unknown>
  if (found['alg'] !== 'EdDSA') throw new ProofError('algorithm', 'only EdDSA is taken')
  if (found['typ'] !== typ) throw new ProofError('type', `it is no ${typ}`)
  // Above all no `crit`, `b64`, `jwk` or `jku`: what they ask for is done nowhere.
  const isPlain = Object.keys(found).every((key) => ['alg', 'typ', 'kid'].includes(key))
  if (!isPlain) throw new ProofError('malformed', 'the header has more than alg, typ and kid')
  if (kid !== undefined && found['kid'] !== kid)
    throw new ProofError('signature', 'another key signed this')
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

function decode(part: string): unknown {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString()) as unknown
  } catch (cause) {
    throw new ProofError('malformed', 'a part is no JSON', { cause })
  }
}
