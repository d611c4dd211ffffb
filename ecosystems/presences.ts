import type { Bounds } from './bounds.ts'
import { Epochs, type EpochCounter } from './epochs.ts'
import { full } from './errors.ts'

/** Who is known to be at which device, for how long: in memory, for seconds. */
export class Presences {
  readonly #bounds: Pick<Bounds, 'presences'>
  readonly #moved: () => void
  readonly #until = new Map<string, number>()
  readonly #epochs = new Epochs()

  constructor(parts: {
    readonly bounds: Pick<Bounds, 'presences'>
    /** Somebody has shown up: answers that were kept have to be looked at again. */
    readonly moved: () => void
  }) {
    this.#bounds = parts.bounds
    this.#moved = parts.moved
  }

  /** Until when the person counts as being at the device; `undefined`: it does not. */
  at(person: string, device: string, now: number): number | undefined {
    const until = this.#until.get(key(person, device))
    return until !== undefined && until > now ? until : undefined
  }

  /**
   * Somebody has proven to be there.
   * @throws DomainError invalid_state when too many are somewhere at the same time
   */
  note(person: string, device: string, { now, until }: { now: number; until: number }): void {
    // Put at the end again: the first ones end first, as all are good for as long.
    this.#until.delete(key(person, device))
    for (const [each, over] of this.#until) {
      if (over > now) break
      this.#until.delete(each)
    }
    const { presences } = this.#bounds
    if (this.#until.size >= presences) throw full('presences', presences)
    this.#until.set(key(person, device), until)
    this.#epochs.move(person)
    this.#moved()
  }

  /** Moves when the person shows up somewhere. */
  epochOf(person: string): EpochCounter {
    return this.#epochs.of(person)
  }
}

/** Neither can hold a space. */
function key(person: string, device: string): string {
  return `${person} ${device}`
}
