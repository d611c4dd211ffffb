import { LRUCache } from 'lru-cache'
import type { EpochCounter, Decision, Epochs } from './access.ts'

/** What nothing moves. */
const unmoved: EpochCounter = { value: 0 }

/**
 * A decision that may be used again, and how far the root epoch had come when that was last found true. What every
 * message looks at is kept beside the decision, which comes in many shapes, and V8 looks slower at those (with
 * caller-details.ts: 0.96 of the time of a call in a protected realm).
 */
export class KeptDecision {
  readonly decision: Decision
  /** `-Infinity`: it holds for one message. */
  readonly #until: number
  readonly #root: EpochCounter
  #rootSeen: number

  constructor(decision: Decision) {
    const { until = -Infinity, epochs } = decision
    this.decision = decision
    this.#until = until
    this.#root = epochs?.root ?? unmoved
    // No epoch yet: the facts may have changed since the decision was made, so the parts are looked at once.
    this.#rootSeen = epochs === undefined ? unmoved.value : -1
  }

  /** Whether nothing at all has changed since it was last found to hold, or it holds for one message: one compare. */
  get isUntouched(): boolean {
    return this.#root.value === this.#rootSeen || this.#until === -Infinity
  }

  /**
   * Whether it still holds. Nearly always one compare of integers: the parts are looked at only
   * when anything at all has changed since.
   */
  holds(now: number): boolean {
    if (now >= this.#until) return false
    return this.#root.value === this.#rootSeen || this.#standsStill()
  }

  #standsStill(): boolean {
    const { epochs } = this.decision
    if (epochs !== undefined && haveMoved(epochs)) return false
    this.#rootSeen = this.#root.value
    return true
  }
}

/** Whether this is no answer: what could not be decided was not withdrawn, and may be decided again in a moment. */
export function isUndecided({ allow, reason }: Decision): boolean {
  return !allow && reason === 'wamp.error.authorization_failed'
}

/** Whether a fact on which a decision rests has changed since it was made. */
export function haveMoved(epochs: Epochs): boolean {
  for (const part of epochs.parts) if (part.counter.value !== part.seen) return true
  return false
}

/** The questions that are asked for every message. Whether one may register or subscribe is asked once. */
export type KeptAction = 'call' | 'publish'

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

  /** A decision that still holds. One that does not is forgotten. `uri` may be ill-formed: then there is none. */
  get(action: KeptAction, uri: string, now: number): Decision | undefined {
    // A CALL whose URI begins with a dot would read what is kept for a topic.
    if (this.#kept === undefined || uri.startsWith('.')) return undefined
    const key = keyOf(action, uri)
    const kept = this.#kept.get(key)
    if (kept === undefined) return undefined
    if (kept.holds(now)) return kept.decision
    this.#kept.delete(key)
    return undefined
  }

  /** Keeps a decision about a well-formed URI, if its maker allows that. */
  keep(action: KeptAction, uri: string, decision: Decision): void {
    if (decision.until === undefined || decision.consume !== undefined) return
    this.#kept ??= new LRUCache({ max: this.#max })
    this.#kept.set(keyOf(action, uri), new KeptDecision(decision))
  }

  /** Forgets all, as the principal behind them is another now. */
  clear(): void {
    this.#kept = undefined
  }
}

/** The commonest question needs no new string; no well-formed procedure begins with a dot. */
function keyOf(action: KeptAction, uri: string): string {
  return action === 'call' ? uri : `.${uri}`
}
