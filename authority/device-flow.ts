import { randomInt } from 'node:crypto'
import type { Clock } from '../clock.ts'
import { DomainError } from '../ecosystems/errors.ts'
import { HttpProblem } from './http-problem.ts'
import type { AuthorityLimits } from './limits.ts'
import { digestOf, newSecret } from './secrets.ts'

/** Without vowels, so that no code is a word; without what looks alike (RFC 8628 §6.1). */
const alphabet = 'BCDFGHJKLMNPQRSTVWXZ'

/** Those whose wrong guesses are remembered at once; beyond it everybody's count as one's. */
const maxAskers = 1_000

/** A device that waits to be claimed, as its owner sees it. */
export interface WaitingDevice {
  /** `XXXX-XXXX` */
  readonly userCode: string
  /** Where it came from. */
  readonly address: string
  readonly createdAt: number
  readonly expiresAt: number
}

/** What a device is given once it is claimed. */
export interface ClaimResult {
  /** Single-use provisioning code. */
  readonly code: string
  /** The realm that it is good for. */
  readonly realm?: string
}

/** An answer to a device's request (RFC 8628 §3.2). */
export interface DeviceCodes extends WaitingDevice {
  readonly deviceCode: string
  readonly intervalMs: number
}

/** What a poll finds (RFC 8628 §3.5). */
export type Poll =
  | { readonly kind: 'claimed'; readonly result: ClaimResult }
  | {
      readonly kind:
        'authorization_pending' | 'slow_down' | 'access_denied' | 'expired_token' | 'invalid_grant'
    }

interface Waiting extends WaitingDevice {
  readonly client: string
  intervalMs: number
  /** The device may poll from then on. */
  nextPollAt: number
  outcome: ClaimResult | 'denied' | undefined
}

type Bounds = Pick<
  AuthorityLimits,
  | 'deviceCodeMs'
  | 'deviceIntervalMs'
  | 'deviceCodes'
  | 'deviceCodesPerAddress'
  | 'userCodeGuesses'
  | 'userCodeGuessMs'
>

/**
 * The devices without a screen that wait for their owner (RFC 8628). In memory alone, as what a claimed one gets is a
 * secret in clear: after a restart it asks anew. Codes are kept as digests, and for as long again as they are good, so
 * that who comes too late is told so.
 */
export class DeviceFlow {
  readonly #clock: Clock
  readonly #limits: Bounds
  /** By digest of the device code, oldest first: all are good for the same time. */
  readonly #waiting = new Map<string, Waiting>()
  readonly #byUserCode = new Map<string, Waiting>()
  readonly #guesses = new Map<string, { readonly endsAt: number; wrong: number }>()

  constructor(clock: Clock, limits: Bounds) {
    this.#clock = clock
    this.#limits = limits
  }

  /** @throws HttpProblem when too many wait, at all or from that address */
  begin(client: string, address: string): DeviceCodes {
    this.#forget()
    const { deviceCodes, deviceCodesPerAddress, deviceCodeMs, deviceIntervalMs } = this.#limits
    if (this.#waiting.size >= deviceCodes) this.#forget(0)
    if (this.#waiting.size >= deviceCodes) throw busy(503, deviceIntervalMs)
    let neighbours = 0
    for (const waiting of this.#waiting.values())
      if (waiting.address === address && this.#isOpen(waiting)) neighbours += 1
    if (neighbours >= deviceCodesPerAddress) throw busy(429, deviceIntervalMs)
    const createdAt = this.#clock.now()
    const waiting: Waiting = {
      client,
      userCode: this.#freshUserCode(),
      address,
      createdAt,
      expiresAt: createdAt + deviceCodeMs,
      intervalMs: deviceIntervalMs,
      nextPollAt: createdAt,
      outcome: undefined,
    }
    const deviceCode = newSecret('dc_')
    this.#waiting.set(digestOf(deviceCode), waiting)
    this.#byUserCode.set(waiting.userCode, waiting)
    return { ...seen(waiting), deviceCode, intervalMs: deviceIntervalMs }
  }

  /** What the device that holds this code is to do. Who polls before its time waits longer from then on. */
  poll(deviceCode: string, client: string): Poll {
    this.#forget()
    const waiting = this.#waiting.get(digestOf(deviceCode))
    if (waiting === undefined || waiting.client !== client) return { kind: 'invalid_grant' }
    const now = this.#clock.now()
    if (waiting.expiresAt <= now) return { kind: 'expired_token' }
    if (now < waiting.nextPollAt) {
      waiting.intervalMs += this.#limits.deviceIntervalMs
      waiting.nextPollAt = now + waiting.intervalMs
      return { kind: 'slow_down' }
    }
    waiting.nextPollAt = now + waiting.intervalMs
    const { outcome } = waiting
    if (outcome === undefined) return { kind: 'authorization_pending' }
    if (outcome === 'denied') return { kind: 'access_denied' }
    // Handed out once; a copy of the device code is of no use any more.
    this.#drop(digestOf(deviceCode), waiting)
    return { kind: 'claimed', result: outcome }
  }

  /**
   * The device that shows this code and was not answered yet. `by`: who asks (`kind:id`), whose wrong guesses are counted.
   * @throws DomainError invalid_state after too many of them
   */
  pending(userCode: string, by: string): WaitingDevice | undefined {
    this.#forget()
    const asker = this.#guesses.has(by) || this.#guesses.size < maxAskers ? by : ''
    const guesses = this.#guessesOf(asker)
    if (guesses !== undefined && guesses.wrong >= this.#limits.userCodeGuesses) {
      const seconds = Math.ceil((guesses.endsAt - this.#clock.now()) / 1000)
      throw new DomainError('invalid_state', `too many wrong user codes: wait ${seconds} s`)
    }
    const waiting = this.#byUserCode.get(canonical(userCode))
    if (waiting !== undefined && this.#isOpen(waiting)) return seen(waiting)
    if (guesses !== undefined) guesses.wrong += 1
    else
      this.#guesses.set(asker, {
        endsAt: this.#clock.now() + this.#limits.userCodeGuessMs,
        wrong: 1,
      })
    return undefined
  }

  /** Lets the device have `result` at its next poll. `false`: nobody waits under that code any more. */
  approve(userCode: string, { result }: { readonly result: ClaimResult }): boolean {
    return this.#answer(userCode, result)
  }

  /** Tells the device no at its next poll. `false`: nobody waits under that code any more. */
  deny(userCode: string): boolean {
    return this.#answer(userCode, 'denied')
  }

  #answer(userCode: string, outcome: ClaimResult | 'denied'): boolean {
    const waiting = this.#byUserCode.get(canonical(userCode))
    if (waiting === undefined || !this.#isOpen(waiting)) return false
    waiting.outcome = outcome
    return true
  }

  #isOpen({ outcome, expiresAt }: Waiting): boolean {
    return outcome === undefined && expiresAt > this.#clock.now()
  }

  #guessesOf(asker: string): { readonly endsAt: number; wrong: number } | undefined {
    const guesses = this.#guesses.get(asker)
    return guesses !== undefined && guesses.endsAt > this.#clock.now() ? guesses : undefined
  }

  #freshUserCode(): string {
    for (;;) {
      const letters = Array.from({ length: 8 }, () => alphabet[randomInt(alphabet.length)]).join('')
      const code = `${letters.slice(0, 4)}-${letters.slice(4)}`
      if (!this.#byUserCode.has(code)) return code
    }
  }

  /** @param graceMs how long those that came too late are told so */
  #forget(graceMs: number = this.#limits.deviceCodeMs): void {
    const now = this.#clock.now()
    for (const [digest, waiting] of this.#waiting) {
      if (waiting.expiresAt + graceMs > now) break
      this.#drop(digest, waiting)
    }
    for (const [asker, { endsAt }] of this.#guesses) if (endsAt <= now) this.#guesses.delete(asker)
  }

  #drop(digest: string, { userCode }: Waiting): void {
    this.#waiting.delete(digest)
    this.#byUserCode.delete(userCode)
  }
}

function seen({ userCode, address, createdAt, expiresAt }: Waiting): WaitingDevice {
  return { userCode, address, createdAt, expiresAt }
}

/** As people type it: in either case, with or without the dash. */
function canonical(userCode: string): string {
  const letters = userCode.toUpperCase().replace(/[^A-Z]/g, '')
  return `${letters.slice(0, 4)}-${letters.slice(4)}`
}

function busy(status: number, waitMs: number): HttpProblem {
  return new HttpProblem(status, 'temporarily_unavailable', 'too many devices wait to be claimed', {
    'retry-after': String(Math.ceil(waitMs / 1000)),
  })
}
