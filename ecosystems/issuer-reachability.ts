import type { Clock } from '../clock.ts'
import type { DomainLog } from './alarms.ts'
import { discoveryAddress, fetchJson, insecureAddress, reasonOf } from './issuer-fetch.ts'

/** Whether an issuer answers. `since`: milliseconds since the epoch. */
export interface Reachability {
  readonly status: 'reachable' | 'unreachable'
  readonly since: number
}

export type ReachabilityListener = (issuer: string, reachability: Reachability) => void

export interface IssuerReachabilityOptions {
  readonly clock: Clock
  readonly log?: DomainLog
  /** Contacts that fail one after the other until an issuer counts as unreachable. Default 2. */
  readonly failures?: number
  /** Between two probes of an issuer that somebody depends on. Default 15,000. */
  readonly probeMs?: number
  /** How long a probe may take. Default 5,000. */
  readonly timeoutMs?: number
  /** How long a discovery document may be. Default 256 KiB. */
  readonly maxBodyBytes?: number
  /** Issuers that are remembered. Hit: the one heard of first is forgotten, unless somebody depends on it. Default 256. */
  readonly maxIssuers?: number
}

interface Known {
  failures: number
  reachability: Reachability
  /** How many depend on it. */
  watchers: number
  stopProbing: (() => void) | undefined
}

/**
 * Whether each issuer can be reached: what fetching keys and asking about tokens has shown, and a probe of its
 * discovery document while somebody depends on knowing. "Unreachable" is no word about anybody: whoever was disabled
 * stays so, and whoever was not is not.
 */
export class IssuerReachability {
  readonly #clock: Clock
  readonly #log: DomainLog
  readonly #maxFailures: number
  readonly #probeMs: number
  readonly #bounds: { readonly timeoutMs: number; readonly maxBodyBytes: number }
  readonly #maxIssuers: number
  readonly #known = new Map<string, Known>()
  readonly #listeners = new Set<ReachabilityListener>()

  constructor(options: IssuerReachabilityOptions) {
    this.#clock = options.clock
    this.#log = options.log ?? (() => undefined)
    this.#maxFailures = options.failures ?? 2
    this.#probeMs = options.probeMs ?? 15_000
    this.#bounds = {
      timeoutMs: options.timeoutMs ?? 5_000,
      maxBodyBytes: options.maxBodyBytes ?? 256 * 1024,
    }
    this.#maxIssuers = options.maxIssuers ?? 256
  }

  /** `undefined`: nothing is known of it yet, which is no ground for any fallback. */
  of(issuer: string): Reachability | undefined {
    const known = this.#known.get(issuer)
    return known !== undefined && Number.isFinite(known.reachability.since)
      ? known.reachability
      : undefined
  }

  /** Whether it is known not to answer. */
  isUnreachable(issuer: string): boolean {
    return this.of(issuer)?.status === 'unreachable'
  }

  /** Told of each change. Returns how to stop listening. */
  listen(listener: ReachabilityListener): () => void {
    this.#listeners.add(listener)
    return () => {
      this.#listeners.delete(listener)
    }
  }

  /** Somebody depends on it: it is probed, now and again, until all who do have called what this returns. */
  watch(issuer: string): () => void {
    const known = this.#entry(issuer)
    known.watchers += 1
    if (known.watchers === 1) this.#probeSoon(issuer, known, 0)
    let watching = true
    return () => {
      if (!watching) return
      watching = false
      known.watchers -= 1
      if (known.watchers > 0) return
      known.stopProbing?.()
      known.stopProbing = undefined
    }
  }

  /** A contact has worked. */
  answered(issuer: string): void {
    const known = this.#entry(issuer)
    known.failures = 0
    this.#set(issuer, known, 'reachable')
  }

  /** A contact has failed. One alone may be chance. `detail`: for the log. */
  failed(issuer: string, detail: string): void {
    const known = this.#entry(issuer)
    known.failures += 1
    if (known.failures >= this.#maxFailures) this.#set(issuer, known, 'unreachable', detail)
  }

  close(): void {
    for (const known of this.#known.values()) known.stopProbing?.()
    this.#known.clear()
    this.#listeners.clear()
  }

  #entry(issuer: string): Known {
    const known = this.#known.get(issuer)
    if (known !== undefined) return known
    if (this.#known.size >= this.#maxIssuers) this.#forgetOne()
    const fresh: Known = {
      failures: 0,
      reachability: { status: 'reachable', since: Number.NEGATIVE_INFINITY },
      watchers: 0,
      stopProbing: undefined,
    }
    this.#known.set(issuer, fresh)
    return fresh
  }

  #forgetOne(): void {
    for (const [issuer, { watchers }] of this.#known) {
      if (watchers > 0) continue
      this.#known.delete(issuer)
      return
    }
  }

  #set(issuer: string, known: Known, status: Reachability['status'], detail?: string): void {
    const before = known.reachability
    if (before.status === status && Number.isFinite(before.since)) return
    known.reachability = { status, since: this.#clock.now() }
    // That it answers, as everybody thought, is no news.
    if (before.status === status) return
    this.#log(status === 'unreachable' ? 'warn' : 'info', `an issuer is ${status}`, {
      issuer,
      detail,
    })
    for (const listener of this.#listeners) {
      try {
        listener(issuer, known.reachability)
      } catch (error) {
        this.#log('error', 'a listener of reachability failed', { issuer, error })
      }
    }
  }

  #probeSoon(issuer: string, known: Known, delayMs: number): void {
    known.stopProbing = this.#clock.after(delayMs, () => void this.#probe(issuer, known))
  }

  async #probe(issuer: string, known: Known): Promise<void> {
    try {
      const refusal = insecureAddress(issuer)
      if (refusal !== undefined) throw new Error(refusal)
      await fetchJson(discoveryAddress(issuer), this.#bounds, this.#clock)
      this.answered(issuer)
    } catch (error) {
      this.failed(issuer, reasonOf(error))
    }
    if (known.watchers > 0 && this.#known.get(issuer) === known)
      this.#probeSoon(issuer, known, this.#probeMs)
  }
}
