import type { IncomingMessage } from 'node:http'
import type { Clock } from '../clock.ts'
import { DomainError } from '../ecosystems/errors.ts'
import { isSubject } from '../ecosystems/issuer-claims.ts'
import { isObject } from '../ecosystems/issuer-fetch.ts'
import {
  IssuerUnreachable,
  TokenRejected,
  type Issuers,
  type Statement,
} from '../ecosystems/issuers.ts'
import type { EngineLog } from '../router/log.ts'
import type { Admission } from './admission.ts'
import { mediaTypeOf, readText, Refusal } from './exchange.ts'
import type { Follower } from './follower.ts'
import type { SeenIds } from './seen-ids.ts'

/** What the receiver of logouts stands on. */
export interface BackchannelLogoutParts {
  readonly issuers: Pick<Issuers, 'verifyStatement'>
  readonly follower: Follower
  readonly admission: Admission
  readonly seen: SeenIds
  readonly clock: Clock
  readonly log: EngineLog
  /** Longest body, in bytes. */
  readonly maxBytes: number
}

const logoutEvent = 'http://schemas.openid.net/event/backchannel-logout'
const skewMs = 60_000
/** A logout is told of at once, or not at all: the standard recommends two minutes. */
const maxAgeMs = 600_000
const longestId = 255

/**
 * Receives logouts (OpenID Connect Back-Channel Logout 1.0 §2.5 to 2.8): somebody has signed out at the provider, so
 * the sessions that came by that sign-in end here, and its tokens are no longer taken.
 */
export class BackchannelLogout {
  readonly #parts: BackchannelLogoutParts

  constructor(parts: BackchannelLogoutParts) {
    this.#parts = parts
  }

  /** Resolves when the answer is 200. @throws Refusal */
  async receive(request: IncomingMessage): Promise<void> {
    const token = await this.#tokenIn(request)
    await this.#parts.admission.during(() => this.#take(token))
  }

  async #take(token: string): Promise<void> {
    const { follower, seen, log } = this.#parts
    const { issuer, payload } = await this.#verified(token)
    const { id, at, subject, sid } = this.#checked(payload)
    const noted = seen.note(issuer, id)
    if (noted === 'seen') throw refusal('jti: this logout was told of already')
    try {
      await follower.follow({
        issuer,
        ...(subject !== undefined && { subject }),
        ...(sid !== undefined && { sid }),
        effect: 'end_sessions',
        at,
        reason: 'backchannel-logout',
      })
    } catch (error) {
      seen.forget(issuer, id)
      if (!(error instanceof DomainError)) throw error
      log('error', 'a logout could not be kept', { issuer, detail: error.message })
      throw later('it cannot be kept now', error)
    }
  }

  async #tokenIn(request: IncomingMessage): Promise<string> {
    if (mediaTypeOf(request) !== 'application/x-www-form-urlencoded')
      throw refusal('the media type is not application/x-www-form-urlencoded')
    const body = await readText(request, this.#parts.maxBytes)
    if (body === undefined)
      throw new Refusal(413, {
        error: 'invalid_request',
        error_description: `the body is longer than ${this.#parts.maxBytes} bytes`,
      })
    const [token, ...others] = new URLSearchParams(body).getAll('logout_token')
    if (token === undefined || others.length > 0) throw refusal('there is not one logout_token')
    return token
  }

  async #verified(token: string): Promise<Statement> {
    try {
      return await this.#parts.issuers.verifyStatement(token, {
        // The type became a recommendation only later: `events` and the absent nonce keep it apart.
        types: ['logout+jwt', 'jwt', ''],
        audience: (idp) => idp.clientId,
      })
    } catch (error) {
      if (error instanceof TokenRejected) {
        this.#parts.log('info', 'a logout was refused', {
          reason: error.code,
          detail: error.message,
        })
        throw refusal(`logout_token: ${error.code.replaceAll('_', ' ')}`, error)
      }
      if (error instanceof IssuerUnreachable)
        throw later('the keys of the issuer cannot be had', error)
      throw error
    }
  }

  #checked({ iat, exp, jti, nonce, events, sub, sid }: Statement['payload']): {
    id: string
    at: number
    subject: string | undefined
    sid: string | undefined
  } {
    const now = this.#parts.clock.now()
    if (!isObject(events) || !isObject(events[logoutEvent]))
      throw refusal('events: it is no logout')
    // Else an ID token could pass for a logout (§2.4).
    if (nonce !== undefined) throw refusal('nonce: is not allowed')
    if (typeof jti !== 'string' || jti === '' || jti.length > longestId)
      throw refusal(`jti: is not a text of 1 to ${longestId} characters`)
    if (typeof iat !== 'number' || iat * 1000 > now + skewMs || iat * 1000 < now - maxAgeMs)
      throw refusal('iat: is missing, in the future or too long ago')
    if (exp !== undefined && exp * 1000 > now + 86_400_000) throw refusal('exp: is too far ahead')
    if (sub !== undefined && !isSubject(sub)) throw refusal('sub: is not a text that can be used')
    if (sid !== undefined && !isSubject(sid)) throw refusal('sid: is not a text that can be used')
    if (sub === undefined && sid === undefined) throw refusal('there is neither sub nor sid')
    return { id: jti, at: iat * 1000, subject: sub, sid }
  }
}

function refusal(text: string, cause?: unknown): Refusal {
  return new Refusal(400, { error: 'invalid_request', error_description: text }, { cause })
}

function later(text: string, cause?: unknown): Refusal {
  return new Refusal(
    503,
    { error: 'temporarily_unavailable', error_description: text },
    { cause, retryAfterSeconds: 5 },
  )
}
