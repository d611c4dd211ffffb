import type { IncomingMessage } from 'node:http'
import type { Clock } from '../clock.ts'
import { DomainError } from '../ecosystems/errors.ts'
import { isObject } from '../ecosystems/issuer-fetch.ts'
import { IssuerUnreachable, TokenRejected, type Issuers } from '../ecosystems/issuers.ts'
import type { EngineLog } from '../router/log.ts'
import type { Admission } from './admission.ts'
import { effectOf, eventName, verificationEvents, type EventEffect } from './event-effects.ts'
import { eventSubjectOf, NoSubject } from './event-subject.ts'
import { mediaTypeOf, readText, Refusal } from './exchange.ts'
import type { Follower, Word } from './follower.ts'
import type { SeenIds } from './seen-ids.ts'

/** What the receiver of security events stands on. */
export interface SecurityEventParts {
  readonly issuers: Pick<Issuers, 'verifyStatement'>
  readonly follower: Follower
  readonly admission: Admission
  readonly seen: SeenIds
  readonly clock: Clock
  readonly log: EngineLog
  /** Longest body, in bytes. */
  readonly maxBytes: number
  /** How old an event may be, in milliseconds. */
  readonly maxAgeMs: number
}

/** How far an issuer's clock may be ahead of ours. */
const skewMs = 60_000
const maxEvents = 16
const longestId = 255

/** Error codes of RFC 8935 §2.4. */
type ErrorCode =
  | 'invalid_request'
  | 'invalid_key'
  | 'invalid_issuer'
  | 'invalid_audience'
  | 'authentication_failed'

const codes: Readonly<Record<TokenRejected['code'], ErrorCode>> = {
  malformed: 'invalid_request',
  untrusted_issuer: 'invalid_issuer',
  bad_signature: 'authentication_failed',
  unknown_key: 'invalid_key',
  algorithm: 'invalid_key',
  wrong_audience: 'invalid_audience',
  expired: 'invalid_request',
  not_yet_valid: 'invalid_request',
  revoked: 'invalid_request',
}

/**
 * Receives Security Event Tokens by push (RFC 8935; RFC 8417). 202 says that the signature is good and that what it
 * says is done and kept; it is the same for people who are known and unknown here. What an event says is done once; what
 * takes is done even if it cannot be remembered that it came.
 */
export class SecurityEvents {
  readonly #parts: SecurityEventParts
  /** Events that are being followed: who sends one again meanwhile hears what comes of it. */
  readonly #underWay = new Map<string, Promise<void>>()

  constructor(parts: SecurityEventParts) {
    this.#parts = parts
  }

  /** Resolves when the answer is 202. @throws Refusal */
  async receive(request: IncomingMessage): Promise<void> {
    if (mediaTypeOf(request) !== 'application/secevent+jwt')
      throw new Refusal(415, {
        err: 'invalid_request',
        description: 'the media type is not application/secevent+jwt',
      })
    const body = await readText(request, this.#parts.maxBytes)
    if (body === undefined)
      throw new Refusal(413, {
        err: 'invalid_request',
        description: `the body is longer than ${this.#parts.maxBytes} bytes`,
      })
    await this.#parts.admission.during(() => this.#take(body.trim()))
  }

  async #take(token: string): Promise<void> {
    const { issuer, payload } = await this.#verified(token)
    const { id, issuedAt } = this.#checked(payload)
    const words = wordsIn(issuer, payload, issuedAt)
    await this.#once(issuer, id, words)
    this.#tellOfVerification(issuer, payload)
  }

  async #verified(token: string): ReturnType<Issuers['verifyStatement']> {
    try {
      return await this.#parts.issuers.verifyStatement(token, {
        types: ['secevent+jwt'],
        audience: (idp) => idp.eventsAudience ?? idp.clientId,
      })
    } catch (error) {
      if (error instanceof TokenRejected) {
        this.#parts.log('info', 'a security event was refused', {
          reason: error.code,
          detail: error.message,
        })
        // Of a token that is not its issuer's word, nothing is said but that.
        throw refusal(codes[error.code], error.code.replaceAll('_', ' '), error)
      }
      if (error instanceof IssuerUnreachable) {
        this.#parts.log('warn', 'security events cannot be checked', { issuer: error.issuer })
        throw later('the keys of the issuer cannot be had', error)
      }
      throw error
    }
  }

  #checked(payload: Readonly<Record<string, unknown>>): { id: string; issuedAt: number } {
    const { iat, jti } = payload
    const now = this.#parts.clock.now()
    if (typeof jti !== 'string' || jti === '' || jti.length > longestId)
      throw refusal('invalid_request', `jti is not a text of 1 to ${longestId} characters`)
    if (typeof iat !== 'number' || !Number.isFinite(iat))
      throw refusal('invalid_request', 'iat is missing')
    const issuedAt = iat * 1000
    if (issuedAt > now + skewMs) throw refusal('invalid_request', 'iat is in the future')
    if (issuedAt < now - this.#parts.maxAgeMs)
      throw refusal('invalid_request', 'iat is too long ago')
    return { id: jti, issuedAt }
  }

  async #once(issuer: string, id: string, words: readonly Word[]): Promise<void> {
    const key = JSON.stringify([issuer, id])
    const before = this.#underWay.get(key)
    if (before !== undefined) return before
    const following = this.#follow(issuer, id, words)
    this.#underWay.set(key, following)
    try {
      await following
    } finally {
      this.#underWay.delete(key)
    }
  }

  async #follow(issuer: string, id: string, words: readonly Word[]): Promise<void> {
    const { seen, follower, log } = this.#parts
    const gives = words.some(({ effect }) => effect === 'enable')
    const noted = seen.note(issuer, id)
    // Its sender has not heard our answer, or somebody repeats it: it is done already.
    if (noted === 'seen') return
    if (noted === 'full') log('error', 'too many security events to remember', { issuer })
    if (noted === 'full' && gives) throw later('too many events to remember')
    try {
      // All at once: what takes has then worked, whatever the store does with the first.
      await Promise.all(words.map((word) => follower.follow(word)))
    } catch (error) {
      seen.forget(issuer, id)
      if (error instanceof NoSubject) throw refusal('invalid_request', error.message, error)
      if (error instanceof DomainError) {
        log('error', 'a security event could not be kept', { issuer, detail: error.message })
        throw later('it cannot be kept now', error)
      }
      throw error
    }
    if (noted === 'full') throw later('too many events to remember')
  }

  #tellOfVerification(issuer: string, payload: Readonly<Record<string, unknown>>): void {
    for (const [type, event] of eventsIn(payload)) {
      if (!verificationEvents.has(type)) continue
      const { state } = event
      this.#parts.log('info', 'a stream of security events was verified', {
        issuer,
        ...(typeof state === 'string' && { state: state.slice(0, longestId) }),
      })
    }
  }
}

function wordsIn(
  issuer: string,
  payload: Readonly<Record<string, unknown>>,
  issuedAt: number,
): Word[] {
  const words: Word[] = []
  for (const [type, event] of eventsIn(payload)) {
    const effect = effectOf(type)
    if (effect === 'none') continue
    try {
      const about = eventSubjectOf(issuer, payload, event)
      const at = asOf(effect, timeOf(event, payload), issuedAt)
      words.push({ issuer, ...about, effect, at, reason: reasonIn(type, event) })
    } catch (error) {
      if (error instanceof NoSubject) throw refusal('invalid_request', error.message, error)
      throw error
    }
  }
  return words
}

function eventsIn(
  payload: Readonly<Record<string, unknown>>,
): (readonly [string, Readonly<Record<string, unknown>>])[] {
  const { events } = payload
  if (!isObject(events)) throw refusal('invalid_request', 'events is no object')
  const entries = Object.entries(events)
  if (entries.length === 0 || entries.length > maxEvents)
    throw refusal('invalid_request', `events has not 1 to ${maxEvents} members`)
  return entries.map(([type, event]) => {
    if (!isObject(event)) throw refusal('invalid_request', 'an event is no object')
    return [type, event] as const
  })
}

/**
 * As of when a word holds. Who disables speaks of all until he speaks; who enables, of no later time than either: a word
 * from before a disabling must not undo it when somebody repeats it.
 */
function asOf(effect: EventEffect, time: number | undefined, issuedAt: number): number {
  if (effect === 'disable') return Math.max(time ?? issuedAt, issuedAt)
  if (effect === 'enable') return Math.min(time ?? issuedAt, issuedAt)
  return time ?? issuedAt
}

/** When it became so: `event_timestamp` of CAEP, in seconds and in older drafts milliseconds, or `toe` (RFC 8417 §2.2). */
function timeOf(
  event: Readonly<Record<string, unknown>>,
  { toe }: Readonly<Record<string, unknown>>,
): number | undefined {
  const time = event['event_timestamp'] ?? toe
  if (typeof time !== 'number' || !Number.isFinite(time) || time < 0) return undefined
  return time > 100_000_000_000 ? time : time * 1000
}

function reasonIn(type: string, { reason }: Readonly<Record<string, unknown>>): string {
  const name = eventName(type)
  return typeof reason === 'string' && /^[\w -]{1,64}$/.test(reason) ? `${name}: ${reason}` : name
}

function refusal(err: ErrorCode, description: string, cause?: unknown): Refusal {
  return new Refusal(400, { err, description }, { cause })
}

function later(description: string, cause?: unknown): Refusal {
  return new Refusal(
    503,
    { err: 'temporarily_unavailable', description },
    { cause, retryAfterSeconds: 5 },
  )
}
