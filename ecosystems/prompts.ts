import type { Clock } from '../clock.ts'
import type { Bounds } from './bounds.ts'
import { DomainError, RateLimited } from './errors.ts'

type PromptBounds = Pick<Bounds, 'promptRefusals' | 'promptWindowMs' | 'promptedPeople'>

interface Prompted {
  open: boolean
  refused: number
  readonly endsAt: number
}

/**
 * How often a person is asked to confirm something: one thing at a time, and after some noes not for a while. Whoever
 * holds a stolen session could otherwise ask until the person is tired of it.
 */
export class Prompts {
  readonly #bounds: PromptBounds
  readonly #clock: Clock
  readonly #byPerson = new Map<string, Prompted>()

  constructor(bounds: PromptBounds, clock: Clock) {
    this.#bounds = bounds
    this.#clock = clock
  }

  /**
   * Before the person is asked. What comes back is to be called with whether the person confirmed.
   * @throws DomainError invalid_state while the person is being asked something; RateLimited after too many noes
   */
  begin(person: string): (confirmed: boolean) => void {
    const now = this.#clock.now()
    const { promptRefusals, promptWindowMs } = this.#bounds
    const before = this.#byPerson.get(person)
    if (before?.open === true)
      throw new DomainError('invalid_state', 'the person is being asked something already')
    const counts = before !== undefined && before.endsAt > now
    if (counts && before.refused >= promptRefusals)
      throw new RateLimited('promptRefusals', before.endsAt - now)
    if (before === undefined) this.#makeRoom(now)
    const prompted: Prompted = counts
      ? before
      : { open: true, refused: 0, endsAt: now + promptWindowMs }
    prompted.open = true
    this.#byPerson.set(person, prompted)
    return (confirmed) => {
      prompted.open = false
      if (confirmed) this.#byPerson.delete(person)
      else prompted.refused += 1
    }
  }

  #makeRoom(now: number): void {
    const { promptedPeople } = this.#bounds
    if (this.#byPerson.size < promptedPeople) return
    let next = Infinity
    for (const [person, { open, endsAt }] of this.#byPerson)
      if (!open && endsAt <= now) this.#byPerson.delete(person)
      else next = Math.min(next, endsAt)
    if (this.#byPerson.size >= promptedPeople)
      throw new RateLimited('promptedPeople', Math.max(next - now, 1_000))
  }
}
