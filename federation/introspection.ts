import { open } from 'node:fs/promises'
import type { Clock } from '../clock.ts'
import { authenticationClaims, isSubject, textFor } from '../ecosystems/issuer-claims.ts'
import {
  fetchJson,
  insecureAddress,
  reasonOf,
  UnexpectedStatus,
  type FetchBounds,
} from '../ecosystems/issuer-fetch.ts'
import type { IssuerReachability } from '../ecosystems/issuer-reachability.ts'
import { IssuerUnreachable, TokenRejected, type VerifiedToken } from '../ecosystems/issuers.ts'
import type { IdpRow } from '../ecosystems/store/store.ts'

/** A provider that is asked about access tokens. */
export type IntrospectingIdp = IdpRow & {
  readonly introspection: NonNullable<IdpRow['introspection']>
}

/** What asking a provider stands on. */
export interface IntrospectionParts extends FetchBounds {
  readonly clock: Clock
  readonly reachability: Pick<IssuerReachability, 'answered' | 'failed'>
}

const longestSecretBytes = 4_096
/** The last second that a Date can hold. */
const lastSecond = 8_640_000_000_000

/**
 * What an opaque access token proves, as its provider says (RFC 7662). The answer counts only for tokens that
 * are for the client that is trusted, or of it where they are for nobody else, of a person, with an end, and not bound to a key whose proof nobody here has asked for.
 * @throws TokenRejected for one that is not active or not for us; IssuerUnreachable when that could not be found out
 */
export async function introspect(
  idp: IntrospectingIdp,
  token: string,
  parts: IntrospectionParts,
): Promise<VerifiedToken> {
  const { issuer } = idp
  const answer = await ask(idp, token, parts)
  if (answer['active'] !== true) throw new TokenRejected('revoked', 'the token is not active')
  const { iss, sub, exp, iat, cnf, client_id: clientId, aud } = answer
  if (iss !== undefined && iss !== issuer)
    throw new TokenRejected('untrusted_issuer', 'the token is of another issuer')
  // A token of our own client that was made for another service must be of no use to that service here.
  const isForUs = aud === undefined ? clientId === idp.clientId : isFor(aud, idp.clientId)
  if (!isForUs)
    throw new TokenRejected('wrong_audience', 'the token is of another client, and not for us')
  // Whoever has only seen it must not be able to use it.
  if (cnf !== undefined)
    throw new TokenRejected('malformed', 'the token is bound to a key, which is not proven here')
  if (!isSubject(sub))
    throw new TokenRejected('malformed', 'the token is nobody\'s: "sub" is missing')
  if (typeof exp !== 'number' || !(exp > 0 && exp <= lastSecond))
    throw new TokenRejected('malformed', 'the token has no end: "exp" is missing')
  const now = parts.clock.now()
  if (exp * 1000 <= now) throw new TokenRejected('expired', '"exp" has passed')
  const name = textFor(answer['name'] ?? answer['username'])
  return {
    issuer,
    subject: sub,
    ...(name !== undefined && { name }),
    expiresAt: exp * 1000,
    issuedAt: typeof iat === 'number' && iat > 0 ? Math.min(iat * 1000, now) : now,
    claims: authenticationClaims(answer),
  }
}

async function ask(
  { issuer, introspection }: IntrospectingIdp,
  token: string,
  { clock, reachability, ...bounds }: IntrospectionParts,
): Promise<Record<string, unknown>> {
  const { endpoint, clientId, secretFile } = introspection
  const secret = await allowedTo(endpoint, secretFile).catch((error: unknown) => {
    // The fault is ours: it says nothing of whether the provider can be reached.
    throw new IssuerUnreachable(issuer, reasonOf(error), { cause: error })
  })
  try {
    const answer = await fetchJson(endpoint, bounds, clock, {
      headers: { authorization: basic(clientId, secret) },
      form: new URLSearchParams({ token, token_type_hint: 'access_token' }),
    })
    reachability.answered(issuer)
    return answer
  } catch (error) {
    // A provider that refuses us, or has us wait, is there all the same.
    if (error instanceof UnexpectedStatus && error.status < 500) reachability.answered(issuer)
    else reachability.failed(issuer, reasonOf(error))
    throw new IssuerUnreachable(issuer, reasonOf(error), { cause: error })
  }
}

/** The secret with which the provider is asked there. */
async function allowedTo(endpoint: string, secretFile: string): Promise<string> {
  const refusal = insecureAddress(endpoint)
  if (refusal !== undefined) throw new Error(refusal)
  return readSecret(secretFile)
}

/** Read each time, so that a new secret needs no restart. It is neither kept nor told of. */
async function readSecret(file: string): Promise<string> {
  const handle = await open(file, 'r')
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(longestSecretBytes + 1))
    const secret = buffer.toString('utf8', 0, bytesRead).trim()
    if (bytesRead > longestSecretBytes || secret === '')
      throw new Error(`${file} holds no secret of 1 to ${longestSecretBytes} bytes`)
    return secret
  } finally {
    await handle.close()
  }
}

function written(text: string): string {
  return new URLSearchParams([['', text]]).toString().slice(1)
}

/** RFC 6749 §2.3.1: each half is written as in a form first. */
function basic(clientId: string, secret: string): string {
  const pair = `${written(clientId)}:${written(secret)}`
  return `Basic ${Buffer.from(pair).toString('base64')}`
}

function isFor(aud: unknown, clientId: string): boolean {
  return Array.isArray(aud) ? aud.includes(clientId) : aud === clientId
}
