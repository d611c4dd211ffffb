import { dictOf, listOf, optional, text, whole, type Claim, type Shape } from './shape.ts'

/**
 * What Latchkey's signed texts say. Each is a compact JWS (RFC 7515) by an Ed25519 key (EdDSA) whose header has exactly
 * `alg`, `typ` and, where the house signs, `kid`; the `typ` keeps one kind from being taken for another. `iat` and
 * `exp` are whole seconds since the epoch.
 */
export const proofTypes = {
  trust: 'latchkey-trust+jwt',
  assertion: 'latchkey-authz+jwt',
  stepUp: 'latchkey-stepup+jwt',
  presence: 'latchkey-presence+jwt',
  receipt: 'latchkey-receipt+jwt',
} as const

export type ProofType = (typeof proofTypes)[keyof typeof proofTypes]

/** How long such a text may be, in characters. */
export const maxProofChars = 4_096
export const maxBundleChars = 16_384

/** How long an assertion is good for. */
export const assertionLifetimeS = 30
/** How long a confirmation may be good for at most. */
export const stepUpLifetimeS = 60
/** How old a sign of presence may be. */
export const presenceLifetimeS = 10

/** Public half of an Ed25519 key (RFC 8037). */
export interface Ed25519Jwk {
  readonly kty: 'OKP'
  readonly crv: 'Ed25519'
  /** 32 bytes in base64url. */
  readonly x: string
}

/** What a device is told of the house it belongs to, signed by the house's key. */
export interface TrustClaims {
  readonly version: 1
  readonly key: Ed25519Jwk
  readonly device: string
  readonly realm: string
  readonly prefix: string
  readonly ecosystems: readonly string[]
  /** Ids of the people whose the ecosystems and the device are. */
  readonly owners: readonly string[]
  /** SHA-256 of the rules for this device, in hex: another one tells that they changed. */
  readonly policy_hash: string
  /** Milliseconds since the epoch. */
  readonly issued_at: number
}

/** The house's word to a device on who asks for what. */
export interface AssertionClaims {
  /** Id of the house's key. */
  readonly iss: string
  /** Id of the device. */
  readonly aud: string
  /** A person's id; of others their kind, a colon and their id, for instance `device:lamp1`. */
  readonly sub: string
  /** Who acts for `sub`, in the same form. */
  readonly act?: { readonly sub: string }
  readonly level: number
  readonly acr: string
  readonly uri: string
  readonly args_sha256: string
  readonly jti: string
  readonly iat: number
  readonly exp: number
}

/** A person's confirmation of one call, by an enrolled key. */
export interface StepUpClaims {
  readonly challenge: string
  readonly uri: string
  readonly args_sha256: string
  /** The person's id. */
  readonly caller: string
  /** Id of the session that is to call; absent: whichever of the caller's. */
  readonly session?: number
  readonly exp: number
}

/** That a person's enrolled key is at a lock. */
export interface PresenceClaims {
  /** Id of the lock. */
  readonly lock: string
  /** Made by the lock, for this once. */
  readonly nonce: string
  readonly exp: number
}

/** A person's consent to exactly this payment, signed by the house. */
export interface ReceiptClaims {
  /** Id of the house's key. */
  readonly iss: string
  /** The person's id. */
  readonly sub: string
  readonly payee: string
  /** A decimal number as text, for instance `12.50`: no float ever rounds it. */
  readonly amount: string
  /** ISO 4217. */
  readonly currency: string
  readonly ref: string
  readonly jti: string
  readonly iat: number
  readonly exp: number
}

const id = text(/^[a-z0-9_]+$/, 64)
const party = text(/^(?:[a-z]+:)?[A-Za-z0-9_]+$/, 96)
const uri = text(/^([^\s.#]+\.)*[^\s.#]+$/, 256)
const sha256 = text(/^[0-9a-f]{64}$/, 64)
const thumbprint = text(/^[\w-]{43}$/, 43)
/** 128 bits or more. */
const random = text(/^[\w-]{22,86}$/, 86)
const second = whole(0, 2 ** 40)
const line = text(/^[^\p{Cc}\u2028\u2029]+$/u, 256)

export const ed25519Jwk: Claim<Ed25519Jwk> = dictOf<Ed25519Jwk>({
  kty: { is: (value): value is 'OKP' => value === 'OKP' },
  crv: { is: (value): value is 'Ed25519' => value === 'Ed25519' },
  x: thumbprint,
})

export const trustShape: Shape<TrustClaims> = {
  version: { is: (value): value is 1 => value === 1 },
  key: ed25519Jwk,
  device: id,
  realm: text(/^[^\s#]+$/, 256),
  prefix: text(/^[a-z0-9_]+(\.[a-z0-9_]+)*$/, 128),
  ecosystems: listOf(id, 32),
  owners: listOf(id, 64),
  policy_hash: sha256,
  issued_at: whole(0, 2 ** 50),
}

export const assertionShape: Shape<AssertionClaims> = {
  iss: thumbprint,
  aud: id,
  sub: party,
  act: optional(dictOf<{ readonly sub: string }>({ sub: party })),
  level: whole(1, 99),
  acr: text(/^[a-z0-9_]+$/, 32),
  uri,
  args_sha256: sha256,
  jti: random,
  iat: second,
  exp: second,
}

export const stepUpShape: Shape<StepUpClaims> = {
  challenge: random,
  uri,
  args_sha256: sha256,
  caller: id,
  session: optional(whole(1, 2 ** 53)),
  exp: second,
}

export const presenceShape: Shape<PresenceClaims> = { lock: id, nonce: random, exp: second }

export const receiptShape: Shape<ReceiptClaims> = {
  iss: thumbprint,
  sub: id,
  payee: line,
  amount: text(/^(?:0|[1-9]\d{0,14})(?:\.\d{1,6})?$/, 22),
  currency: text(/^[A-Z]{3}$/, 3),
  ref: line,
  jti: random,
  iat: second,
  exp: second,
}
