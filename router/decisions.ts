import { LRUCache } from 'lru-cache'
import type { Action, Decision, Match } from './access.ts'

/** A decision that may be used again, and how far the root epoch had come when that was last found true. */
export class KeptDecision {
  readonly decision: Decision
  #rootSeen: number

  constructor(decision: Decision) {
    this.decision = decision
    this.#rootSeen = decision.epochs?.root.value ?? 0
  }

  /**
   * Whether it still holds. Nearly always one compare of integers: the parts are looked at only
   * when anything at all has changed since.
   */
  holds(now: number): boolean {
    const { until, epochs } = this.decision
    if (until === undefined || now >= until) return false
    if (epochs === undefined || epochs.root.value === this.#rootSeen) return true
    for (const part of epochs.parts) if (part.counter.value !== part.seen) return false
    this.#rootSeen = epochs.root.value
    return true
  }
}

/**
 * Decisions of one session. Kept per session, never per role: a cached right is one person's right.
 * The cache is made at first use, as even an empty one weighs more than an idle session.
 */
export class Decisions {
  readonly #max: number
  #kept: LRUCache<string, KeptDecision> | undefined

  constructor(max: number) {
    this.#max = max
  }

  /** How many are kept now. */
  get size(): number {
    return this.#kept?.size ?? 0
  }

  /** A decision that still holds. One that does not is forgotten. */
  get(action: Action, uri: string, match: Match, now: number): Decision | undefined {
    if (this.#kept === undefined) return undefined
    const key = keyOf(action, uri, match)
    const kept = this.#kept.get(key)
    if (kept === undefined) return undefined
    if (kept.holds(now)) return kept.decision
    this.#kept.delete(key)
    return undefined
  }

  /** Keeps a decision, if its maker allows that. */
  keep(action: Action, uri: string, match: Match, decision: Decision): void {
    if (decision.until === undefined || decision.consume !== undefined) return
    this.#kept ??= new LRUCache({ max: this.#max })
    this.#kept.set(keyOf(action, uri, match), new KeptDecision(decision))
  }

  /** Forgets all, as the principal behind them is another now. */
  clear(): void {
    this.#kept = undefined
  }
}

/** A URI holds no space, so the keys of different questions differ; the commonest question needs no new string. */
function keyOf(action: Action, uri: string, match: Match): string {
  return action === 'call' ? uri : `${action} ${match} ${uri}`
}
