import { decodeJwt, decodeProtectedHeader, errors, jwtVerify } from 'jose'
import type { JWTPayload, JWTVerifyOptions, JWTVerifyResult } from 'jose'
import { LRUCache } from 'lru-cache'
import { systemClock } from '../clock.ts'
import type { Clock } from '../clock.ts'
import {
  authenticationClaims,
  isSubject,
  maxTextLength,
  quoted,
  textFor,
  verifiedEmail,
} from './issuer-claims.ts'
import type { AuthenticationClaims } from './issuer-claims.ts'
import { IssuerCutoffs } from './issuer-cutoffs.ts'
import { IssuerKeys, IssuerUnreachable } from './issuer-keys.ts'
import type { IssuerBounds } from './issuer-keys.ts'
import { IssuerReachability } from './issuer-reachability.ts'
import type { IdpRow } from './store/store.ts'

export { insecureAddress, IssuerUnreachable } from './issuer-keys.ts'

/** Why a token is refused. For the log; the bearer is not told. */
export type TokenRejectionCode =
  | 'malformed'
  | 'untrusted_issuer'
  | 'bad_signature'
  | 'unknown_key'
  | 'wrong_audience'
  | 'expired'
  | 'not_yet_valid'
  | 'algorithm'
  | 'revoked'

/** A token that proves nothing. */
export class TokenRejected extends Error {
  override readonly name = 'TokenRejected'
  readonly code: TokenRejectionCode

  constructor(code: TokenRejectionCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** What a token proves. */
export interface VerifiedToken {
  readonly issuer: string
  /** `sub`: 1 to 255 characters, none of them control characters; means something only together with the issuer. */
  readonly subject: string
  /** For people to read, without control characters; at most 255 characters. */
  readonly name?: string
  /** Only an address that the issuer says it has verified (OpenID Connect Core §5.1, `email_verified`). */
  readonly email?: string
  /** Until when the proof holds: `exp`; for a token that is past it and accepted by the skew alone, `exp` and the skew. */
  readonly expiresAt: number
  readonly issuedAt: number
  readonly claims: AuthenticationClaims
}

/** What an issuer says in a token that is no proof of who holds it: a security event, a logout. */
export interface Statement {
  /** As it is trusted, see `Idps`. */
  readonly issuer: string
  readonly payload: JWTPayload
}

/** Which statements are taken. */
export interface StatementKind {
  /** Values of the header's `typ`, in lower case and without `application/`; '' is one that is absent. */
  readonly types: readonly string[]
  /** Whom it must be for (`aud`), by what is trusted. */
  audience(idp: IdpRow): string
}

/** Options of `Issuers`. */
export interface IssuersOptions extends Partial<IssuerBounds> {
  readonly clock?: Clock
  /** How far an issuer's clock may be from ours. Default 60,000. */
  readonly skewMs?: number
  /** Default 16 KiB. */
  readonly maxTokenBytes?: number
  /** Key sets that are held at a time. Default 128: more than there are providers, or each would drive out another. */
  readonly maxIssuers?: number
  /** Told of every contact. Default: one of its own, which nobody asks. */
  readonly reachability?: IssuerReachability
  /** Tokens that were taken back. Default: of its own; see `cutoffs`. */
  readonly cutoffs?: IssuerCutoffs
}

/** Signatures that only the issuer can make. With HS* whoever verifies can also sign; `none` proves nothing. */
const algorithms: readonly string[] = ['RS256', 'PS256', 'ES256', 'EdDSA']

/** A token without `kid` is tried with the keys that fit, but not with endlessly many. */
const maxKeysTried = 8

/** The last second that a Date can hold. */
const lastSecond = 8_640_000_000_000

/** The OpenID providers that are trusted, and the proof of who somebody is by their ID tokens. */
export class Issuers {
  readonly reachability: IssuerReachability
  /** Where those who hear of it say that tokens were taken back. */
  readonly cutoffs: IssuerCutoffs
  readonly #idps: { byIssuer(issuer: string): readonly IdpRow[] }
  readonly #clock: Clock
  readonly #skewMs: number
  readonly #maxTokenBytes: number
  readonly #bounds: IssuerBounds
  readonly #keys: LRUCache<string, IssuerKeys>

  /** `idps` is asked for every token, so an issuer that is added is trusted at once. */
  constructor(idps: { byIssuer(issuer: string): readonly IdpRow[] }, options: IssuersOptions = {}) {
    this.#idps = idps
    this.#clock = options.clock ?? systemClock
    this.#skewMs = options.skewMs ?? 60_000
    this.#maxTokenBytes = options.maxTokenBytes ?? 16 * 1024
    this.#bounds = {
      maxAgeMs: options.maxAgeMs ?? 600_000,
      staleMs: options.staleMs ?? 24 * 3_600_000,
      cooldownMs: options.cooldownMs ?? 30_000,
      retryMs: options.retryMs ?? 1_000,
      timeoutMs: options.timeoutMs ?? 5_000,
      waitMs: options.waitMs ?? 3_000,
      maxBodyBytes: options.maxBodyBytes ?? 256 * 1024,
    }
    this.reachability = options.reachability ?? new IssuerReachability({ clock: this.#clock })
    this.cutoffs = options.cutoffs ?? new IssuerCutoffs({ clock: this.#clock })
    this.#keys = new LRUCache({ max: options.maxIssuers ?? 128 })
  }

  /**
   * Verifies an ID token (OpenID Connect Core §3.1.3.7).
   * @throws TokenRejected for a token that proves nothing, IssuerUnreachable when that could not be found out
   */
  async verify(token: string): Promise<VerifiedToken> {
    if (token.length > this.#maxTokenBytes)
      throw new TokenRejected('malformed', `longer than ${this.#maxTokenBytes} bytes`)
    const { algorithm, issuer } = unverified(token)
    if (!algorithms.includes(algorithm))
      throw new TokenRejected('algorithm', `signed with ${quoted(algorithm)}`)
    const rows = this.#idps.byIssuer(issuer)
    const verified = await this.#withKeys(issuer, rows, (keys, trusted) => {
      const audiences = trusted.map((row) => row.clientId)
      return this.#verifyWith(keys, token, issuer, audiences)
    })
    if (this.cutoffs.cuts(verified))
      throw new TokenRejected('revoked', 'its issuer has taken it back')
    return verified
  }

  /**
   * Verifies what an issuer says, and to whom; not when, nor whether it was said before.
   * @throws as `verify`
   */
  async verifyStatement(token: string, kind: StatementKind): Promise<Statement> {
    if (token.length > this.#maxTokenBytes)
      throw new TokenRejected('malformed', `longer than ${this.#maxTokenBytes} bytes`)
    const { algorithm, issuer: said, type } = unverified(token)
    if (!algorithms.includes(algorithm))
      throw new TokenRejected('algorithm', `signed with ${quoted(algorithm)}`)
    if (!kind.types.includes(type.toLowerCase().replace(/^application\//, '')))
      throw new TokenRejected('malformed', `"typ" is ${quoted(type)}`)
    // Google ends the issuer of its events with a slash, and that of its ID tokens without.
    const issuer = this.#idps.byIssuer(said).length > 0 ? said : said.replace(/\/$/, '')
    return this.#withKeys(issuer, this.#idps.byIssuer(issuer), async (keys, trusted) => {
      const { payload } = await signatureAndClaims(token, keys, issuer, {
        algorithms: [...algorithms],
        issuer: said,
        audience: trusted.map((row) => kind.audience(row)),
        clockTolerance: this.#skewMs / 1000,
        currentDate: new Date(this.#clock.now()),
      })
      return { issuer, payload }
    })
  }

  /** Tries the key sets that are trusted for an issuer in turn, each with what is trusted for it. */
  async #withKeys<Result>(
    issuer: string,
    rows: readonly IdpRow[],
    attempt: (keys: IssuerKeys, trusted: readonly IdpRow[]) => Promise<Result>,
  ): Promise<Result> {
    let refusal = new TokenRejected('untrusted_issuer', `${quoted(issuer)} is not trusted`)
    for (const jwksUri of new Set(rows.map((row) => row.jwksUri))) {
      const trusted = rows.filter((row) => row.jwksUri === jwksUri)
      try {
        return await attempt(this.#keysOf(issuer, jwksUri), trusted)
      } catch (error) {
        if (!(error instanceof TokenRejected)) throw error
        refusal = error
      }
    }
    throw refusal
  }

  #keysOf(issuer: string, jwksUri: string | null): IssuerKeys {
    const id = JSON.stringify([issuer, jwksUri])
    let keys = this.#keys.get(id)
    if (keys === undefined) {
      keys = new IssuerKeys(issuer, jwksUri, this.#bounds, this.#clock, this.reachability)
      this.#keys.set(id, keys)
    }
    return keys
  }

  async #verifyWith(
    keys: IssuerKeys,
    token: string,
    issuer: string,
    audiences: string[],
  ): Promise<VerifiedToken> {
    const now = this.#clock.now()
    const { payload, protectedHeader } = await signatureAndClaims(token, keys, issuer, {
      algorithms: [...algorithms],
      issuer,
      audience: audiences,
      clockTolerance: this.#skewMs / 1000,
      currentDate: new Date(now),
      requiredClaims: ['sub', 'exp', 'iat'],
    })
    requireIdToken(payload, protectedHeader.typ)
    requireParty(payload, audiences)
    const { sub, exp = 0, iat = 0 } = payload
    if (!isSubject(sub))
      throw new TokenRejected(
        'malformed',
        `"sub" is not a text of 1 to ${maxTextLength} characters`,
      )
    if (exp > lastSecond) throw new TokenRejected('malformed', '"exp" is beyond all time')
    if (iat * 1000 > now + this.#skewMs)
      throw new TokenRejected('not_yet_valid', '"iat" is in the future')
    const expiresAt = exp * 1000
    const name = textFor(payload['name'])
    const email = verifiedEmail(payload)
    return {
      issuer,
      subject: sub,
      ...(name !== undefined && { name }),
      ...(email !== undefined && { email }),
      expiresAt: expiresAt > now ? expiresAt : expiresAt + this.#skewMs,
      issuedAt: iat * 1000,
      claims: authenticationClaims(payload),
    }
  }
}

/** Reads what chooses the key and the kind. It proves nothing, and nothing else of an unverified token is read. */
function unverified(token: string): { algorithm: string; issuer: string; type: string } {
  try {
    const { alg, typ = '' } = decodeProtectedHeader(token)
    const { iss } = decodeJwt(token)
    if (typeof alg !== 'string') throw new TypeError('"alg" is missing')
    if (typeof iss !== 'string') throw new TypeError('"iss" is missing')
    if (typeof typ !== 'string') throw new TypeError('"typ" is no text')
    return { algorithm: alg, issuer: iss, type: typ }
  } catch (cause) {
    throw new TokenRejected('malformed', `no compact JWT: ${messageOf(cause)}`, { cause })
  }
}

async function signatureAndClaims(
  token: string,
  keys: IssuerKeys,
  issuer: string,
  options: JWTVerifyOptions,
): Promise<JWTVerifyResult> {
  try {
    return await jwtVerify(token, (header, jws) => keys.find(header, jws), options)
  } catch (error) {
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw refusalFor(error, issuer)
    let tried = 0
    for await (const key of error) {
      if (++tried > maxKeysTried) break
      try {
        return await jwtVerify(token, key, options)
      } catch (inner) {
        if (!(inner instanceof errors.JWSSignatureVerificationFailed))
          throw refusalFor(inner, issuer)
      }
    }
    throw new TokenRejected('bad_signature', 'none of the keys that fit made the signature')
  }
}

function refusalFor(error: unknown, issuer: string): TokenRejected | IssuerUnreachable {
  const reject = (code: TokenRejectionCode): TokenRejected =>
    new TokenRejected(code, messageOf(error), { cause: error })
  if (error instanceof IssuerUnreachable) return error
  if (error instanceof errors.JWTExpired) return reject('expired')
  if (error instanceof errors.JWSSignatureVerificationFailed) return reject('bad_signature')
  if (error instanceof errors.JWKSNoMatchingKey) return reject('unknown_key')
  if (error instanceof errors.JOSEAlgNotAllowed) return reject('algorithm')
  if (error instanceof errors.JWTClaimValidationFailed) {
    if (error.claim === 'aud') return reject('wrong_audience')
    if (error.claim === 'nbf' && error.reason === 'check_failed') return reject('not_yet_valid')
    return reject('malformed')
  }
  // A key that cannot be imported or is too short: the fault is the issuer's, not the token's.
  if (error instanceof errors.JWKSInvalid || !(error instanceof errors.JOSEError))
    return new IssuerUnreachable(issuer, messageOf(error), { cause: error })
  return reject('malformed')
}

/**
 * Refuses what an issuer signs for the same audience with the same key and is no ID token: access tokens (RFC 9068),
 * logout tokens and security events (RFC 8417), which say of themselves what they are.
 */
function requireIdToken(payload: JWTPayload, typ: string | undefined): void {
  if (typ !== undefined && !/^(application\/)?jwt$/i.test(typ))
    throw new TokenRejected('malformed', `"typ" is ${quoted(typ)}, not an ID token's`)
  if (payload['events'] !== undefined)
    throw new TokenRejected('malformed', '"events": a security event is no ID token')
}

/** Made for several parties, a token counts only if it was made out to us: else any of them could use it here. */
function requireParty(payload: JWTPayload, audiences: readonly string[]): void {
  if (!Array.isArray(payload.aud) || payload.aud.length < 2) return
  const party = payload['azp']
  if (typeof party !== 'string' || !audiences.includes(party))
    throw new TokenRejected('wrong_audience', 'several audiences, and "azp" is not ours')
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
