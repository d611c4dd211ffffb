import { createHash, randomInt } from 'node:crypto'
import type { Clock } from '../clock.ts'
import type { Bounds } from './bounds.ts'
import { RateLimited } from './errors.ts'

/** Without vowels, so that no code reads as a word, and without what looks alike (RFC 8628 §6.1). */
const alphabet = 'BCDFGHJKLMNPQRSTVWXZ'
/** 20^8, about 34 bits: what can be typed, and with few attempts in a time not be guessed. */
const characters = 8

/** A code by which a device can be claimed, as people read it: `BCDF-GHJK`. */
export function newClaimCode(): string {
  const code = Array.from({ length: characters }, () => alphabet[randomInt(alphabet.length)])
  return `${code.slice(0, 4).join('')}-${code.slice(4).join('')}`
}

/** What is kept of a code: SHA-256 of its letters, however they were typed. */
export function claimHash(code: string): string {
  const letters = code.toUpperCase().replace(/[^A-Z]/g, '')
  return createHash('sha256').update(letters).digest('hex')
}

/** Counts wrong codes, so that nobody can go through them all. */
export class ClaimAttempts {
  readonly #bounds: Pick<Bounds, 'claimAttempts' | 'claimWindowMs' | 'claimants'>
  readonly #clock: Clock
  readonly #byCaller = new Map<string, { wrong: number; readonly endsAt: number }>()

  constructor(bounds: Pick<Bounds, 'claimAttempts' | 'claimWindowMs' | 'claimants'>, clock: Clock) {
    this.#bounds = bounds
    this.#clock = clock
  }

  /** Before a code of this caller's is looked at. @throws RateLimited */
  check(caller: string): void {
    const now = this.#clock.now()
    const { claimAttempts, claimants } = this.#bounds
    const counted = this.#byCaller.get(caller)
    if (counted !== undefined && counted.endsAt > now) {
      if (counted.wrong >= claimAttempts)
        throw new RateLimited('claimAttempts', counted.endsAt - now)
      return
    }
    this.#byCaller.delete(caller)
    if (this.#byCaller.size < claimants) return
    for (const [each, { endsAt }] of this.#byCaller) if (endsAt <= now) this.#byCaller.delete(each)
    const [oldest] = this.#byCaller.values()
    if (oldest !== undefined && this.#byCaller.size >= claimants)
      throw new RateLimited('claimants', oldest.endsAt - now)
  }

  /** The code was wrong. */
  failed(caller: string): void {
    const counted = this.#byCaller.get(caller)
    if (counted !== undefined) counted.wrong += 1
    else
      this.#byCaller.set(caller, {
        wrong: 1,
        endsAt: this.#clock.now() + this.#bounds.claimWindowMs,
      })
  }
}
