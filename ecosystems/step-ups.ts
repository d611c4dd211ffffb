import { Epochs, type EpochCounter } from './epochs.ts'
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
  /** The authenticator that it came from. */
  readonly authenticator: string
}

/** Proofs that wait for their calls: in memory, as none outlives its session. */
export class StepUps {
  readonly #bySession = new Map<number, StepUp[]>()
  readonly #epochs = new Epochs()

  /** Those of a session for a URI; most have none. */
  of(session: number, uri: string): readonly StepUp[] {
    return this.#bySession.get(session)?.filter((each) => each.uri === uri) ?? []
  }

  /** `false`: it has been spent. */
  spend(stepUp: StepUp): boolean {
    const all = this.#bySession.get(stepUp.session)
    const index = all?.indexOf(stepUp) ?? -1
    if (all === undefined || index < 0) return false
    all.splice(index, 1)
    if (all.length === 0) this.#bySession.delete(stepUp.session)
    return true
  }

  add(stepUp: StepUp): void {
    const all = this.#bySession.get(stepUp.session)
    if (all === undefined) this.#bySession.set(stepUp.session, [stepUp])
    else all.push(stepUp)
    this.#epochs.move(String(stepUp.session))
  }

  /** The session has ended. */
  forget(session: number): void {
    this.#bySession.delete(session)
  }

  /** Moves when the session brings a proof. */
  epochOf(session: number): EpochCounter {
    return this.#epochs.of(String(session))
  }
}
