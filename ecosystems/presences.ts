import { Epochs, type EpochCounter } from './epochs.ts'

/** Who is known to be at which device, for how long: in memory, for seconds. */
export class Presences {
  readonly #until = new Map<string, number>()
  readonly #epochs = new Epochs()

  /** Until when the person counts as being at the device; `undefined`: it does not. */
  at(person: string, device: string, now: number): number | undefined {
    const until = this.#until.get(key(person, device))
    return until !== undefined && until > now ? until : undefined
  }

  /** Somebody has proven to be there. */
  note(person: string, device: string, until: number): void {
    this.#until.set(key(person, device), until)
    this.#epochs.move(person)
  }

  /** Moves when the person shows up somewhere. */
  epochOf(person: string): EpochCounter {
    return this.#epochs.of(person)
  }
}

function key(person: string, device: string): string {
  return `${person} ${device}`
}
