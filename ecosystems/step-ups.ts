import type { Bounds } from './bounds.ts'
import { full } from './errors.ts'
import type { Assurance } from './store/store.ts'

/** A proof that was brought for one call of one session: with these arguments, and once. */
export interface StepUp {
  readonly session: number
  readonly uri: string
  /** Digest of the arguments that it was made for. */
  readonly argsSha256: string
  readonly acr: Assurance
  readonly provenAt: number
  readonly expiresAt: number
  /** The authenticator that it came from: it falls with that. */
  readonly authenticator: string
}

const none: readonly StepUp[] = []

/**
 * Proofs that wait for their calls: in memory, as none outlives its session. No answer that rests on one, or on its
 * absence, is kept, so no epoch moves with them.
 */
export class StepUps {
  readonly #bounds: Pick<Bounds, 'stepUpsPerSession'>
  readonly #isGood: (authenticator: string) => boolean
  readonly #bySession = new Map<number, StepUp[]>()

  constructor(parts: {
    readonly bounds: Pick<Bounds, 'stepUpsPerSession'>
    /** Whether the word of an authenticator still counts. */
    readonly isGood: (authenticator: string) => boolean
  }) {
    this.#bounds = parts.bounds
    this.#isGood = parts.isGood
  }

  /** Those of a session for a URI whose authenticators still count; most sessions have none. */
  of(session: number, uri: string): readonly StepUp[] {
    const all = this.#bySession.get(session)
    if (all === undefined) return none
    return all.filter((each) => each.uri === uri && this.#isGood(each.authenticator))
  }

  /** `false`: it has been spent, or its authenticator was revoked. */
  spend(stepUp: StepUp): boolean {
    const all = this.#bySession.get(stepUp.session)
    const index = all?.indexOf(stepUp) ?? -1
    if (all === undefined || index < 0) return false
    all.splice(index, 1)
    if (all.length === 0) this.#bySession.delete(stepUp.session)
    return this.#isGood(stepUp.authenticator)
  }

  /** @throws DomainError invalid_state when too many of the session wait for their calls */
  add(stepUp: StepUp, now: number): void {
    const waiting = (this.#bySession.get(stepUp.session) ?? none).filter(
      (each) => each.expiresAt > now && this.#isGood(each.authenticator),
    )
    const { stepUpsPerSession } = this.#bounds
    if (waiting.length >= stepUpsPerSession) throw full('stepUpsPerSession', stepUpsPerSession)
    this.#bySession.set(stepUp.session, [...waiting, stepUp])
  }

  /** The session has ended. */
  forget(session: number): void {
    this.#bySession.delete(session)
  }

  /** Sessions that have brought a proof and not yet made its call. */
  get size(): number {
    return this.#bySession.size
  }
}
