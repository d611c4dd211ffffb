import type { Clock } from '../clock.ts'

/** Wrong passwords for one name that are borne within the window. */
const limit = 10
const windowMs = 60_000

/**
 * Counts wrong passwords in fixed windows, so that none can be guessed. Only names that exist are counted one by one,
 * all others together: the count of names is bounded by that of people.
 */
export class SignInAttempts {
  readonly #clock: Clock
  readonly #windows = new Map<string, { readonly endsAt: number; failures: number }>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** How long `name` has to wait, in milliseconds; 0 if it may try. */
  waitMs(name: string): number {
    const window = this.#current(name)
    if (window === undefined || window.failures < limit) return 0
    return window.endsAt - this.#clock.now()
  }

  failed(name: string): void {
    const window = this.#current(name)
    if (window !== undefined) window.failures += 1
    else this.#windows.set(name, { endsAt: this.#clock.now() + windowMs, failures: 1 })
  }

  #current(name: string): { readonly endsAt: number; failures: number } | undefined {
    const window = this.#windows.get(name)
    if (window === undefined) return undefined
    const leftMs = window.endsAt - this.#clock.now()
    // A clock that was set back must not make a minute of waiting a year.
    if (leftMs > 0 && leftMs <= windowMs) return window
    this.#windows.delete(name)
    return undefined
  }
}
