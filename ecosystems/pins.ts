import { randomBytes, scrypt, timingSafeEqual, type ScryptOptions } from 'node:crypto'
import type { Clock } from '../clock.ts'
import { RateLimited } from './errors.ts'

/** RFC 7914, with the cost that OWASP names for interactive use: 16 MiB and some 50 ms each. */
const cost: ScryptOptions = { N: 2 ** 14, r: 8, p: 5, maxmem: 64 * 1024 * 1024 }
const keyBytes = 32

/** A PIN as it is kept: salt and key in base64url, with what made the one of the other. */
export async function hashPin(pin: string): Promise<string> {
  const salt = randomBytes(16)
  const key = await derived(pin, salt)
  return [
    'scrypt',
    cost.N,
    cost.r,
    cost.p,
    salt.toString('base64url'),
    key.toString('base64url'),
  ].join('$')
}

/** Whether it is the PIN. As much work for `undefined`, which is nobody's. */
export async function isPin(pin: string, kept: string | undefined): Promise<boolean> {
  const [, , , , salt = '', key = ''] = kept?.split('$') ?? []
  const expected = key === '' ? randomBytes(keyBytes) : Buffer.from(key, 'base64url')
  const found = await derived(pin, Buffer.from(salt, 'base64url'))
  return kept !== undefined && timingSafeEqual(found, expected)
}

function derived(pin: string, salt: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(pin, salt, keyBytes, cost, (error, key) =>
      error === null ? resolve(key) : reject(error),
    )
  })
}

/** Bounds on guessing. */
export interface PinBounds {
  /** Wrong ones at one lock before it waits. */
  readonly pinFailures: number
  /** The first wait; each further wrong one doubles it. */
  readonly pinWaitMs: number
  readonly pinLongestWaitMs: number
  /** One wrong one is forgotten after this time. */
  readonly pinForgetMs: number
}

interface Failures {
  count: number
  at: number
  until: number
}

/**
 * How often wrong PINs were given at each lock. A right one does not wipe that out: whoever has a PIN of his own would
 * otherwise guess another's for ever. Only locks that exist are counted.
 */
export class PinAttempts {
  readonly #clock: Clock
  readonly #bounds: PinBounds
  readonly #byDevice = new Map<string, Failures>()
  readonly #busy = new Set<string>()

  constructor(clock: Clock, bounds: PinBounds) {
    this.#clock = clock
    this.#bounds = bounds
  }

  /**
   * Tries one at a time at each lock.
   * @throws RateLimited while the lock waits, whatever the PIN
   */
  async attempt<T>(device: string, work: () => Promise<T | undefined>): Promise<T | undefined> {
    const now = this.#clock.now()
    const { until = 0 } = this.#byDevice.get(device) ?? {}
    if (until > now) throw new RateLimited('pinFailures', until - now)
    if (this.#busy.has(device)) throw new RateLimited('one PIN at a time', 1_000)
    this.#busy.add(device)
    try {
      const found = await work()
      if (found === undefined) this.#failed(device)
      return found
    } finally {
      this.#busy.delete(device)
    }
  }

  #failed(device: string): void {
    const { pinFailures, pinWaitMs, pinLongestWaitMs, pinForgetMs } = this.#bounds
    const now = this.#clock.now()
    const known = this.#byDevice.get(device) ?? { count: 0, at: now, until: 0 }
    const forgotten = Math.floor((now - known.at) / pinForgetMs)
    const count = Math.max(0, known.count - forgotten) + 1
    const excess = count - pinFailures
    const waitMs =
      excess < 0 ? 0 : Math.min(pinLongestWaitMs, pinWaitMs * 2 ** Math.min(excess, 30))
    this.#byDevice.set(device, { count, at: now, until: now + waitMs })
  }
}
