import type { Clock } from '../clock.ts'

/** Something that is to happen after a while, unless it is taken back. It is its own entry: nothing is made for it. */
export interface Due {
  /** When, by `Clock.elapsed`. The agenda's alone. */
  dueAt: number
  /** Where it stands in the agenda, `nowhere` before and after. The agenda's alone. */
  place: number
  /** Its time has come, and it stands in the agenda no more. Must not throw. */
  due(): void
}

/** Where an entry stands that is in no agenda. */
export const nowhere = -1

/**
 * What is due at whatever times, by one timer for all of it: that of the entry which is due first. An entry comes at its
 * time and less than a millisecond before it. There is room for as many as there are; their owners bound them.
 *
 * A heap: to enter what is due after all others, as what takes equally long, is one write; to take one back costs the
 * logarithm of how many there are: 0.3 of what a timer each with its closures costs, with 1,000 under way.
 */
export class Agenda {
  readonly #clock: Clock
  /** Each entry is due no earlier than the one at half its place. */
  readonly #heap: Due[] = []
  #armedFor = Infinity
  #disarm: (() => void) | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** How many entries stand in it. */
  get size(): number {
    return this.#heap.length
  }

  /** Has an entry happen after `delayMs` milliseconds; one that stands here already, then instead. */
  enter(entry: Due, delayMs: number): void {
    if (entry.place !== nowhere) this.remove(entry)
    const now = this.#clock.elapsed()
    entry.dueAt = now + delayMs
    this.#rise(entry, this.#heap.length)
    if (entry.dueAt < this.#armedFor) this.#arm(entry, now)
  }

  /** Takes an entry back; one that stands nowhere stays so. */
  remove(entry: Due): void {
    const { place } = entry
    if (place === nowhere) return
    entry.place = nowhere
    const last = this.#heap.pop()
    if (last !== undefined && last !== entry) this.#settle(last, place)
    // The timer of one that is taken back looks at the others when it fires; of the last it is not left running.
    if (this.#heap.length === 0) this.#rest()
  }

  #arm(first: Due, now: number): void {
    this.#disarm?.()
    this.#armedFor = first.dueAt
    this.#disarm = this.#clock.after(first.dueAt - now, this.#fire)
  }

  #rest(): void {
    this.#disarm?.()
    this.#disarm = undefined
    this.#armedFor = Infinity
  }

  readonly #fire = (): void => {
    this.#disarm = undefined
    // As long as entries happen, others may be entered: the timer is set once, afterwards.
    this.#armedFor = -Infinity
    const now = this.#clock.elapsed()
    for (let first = this.#heap[0]; first !== undefined; first = this.#heap[0]) {
      if (first.dueAt - now >= 1) return this.#arm(first, now)
      this.remove(first)
      this.#armedFor = -Infinity
      first.due()
    }
    this.#rest()
  }

  /** Puts an entry at a place of the heap, or where it belongs above or below. */
  #settle(entry: Due, place: number): void {
    const above = this.#heap[(place - 1) >> 1]
    if (place > 0 && above !== undefined && above.dueAt > entry.dueAt) this.#rise(entry, place)
    else this.#sink(entry, place)
  }

  #rise(entry: Due, place: number): void {
    const heap = this.#heap
    while (place > 0) {
      const above = heap[(place - 1) >> 1]
      if (above === undefined || above.dueAt <= entry.dueAt) break
      heap[place] = above
      above.place = place
      place = (place - 1) >> 1
    }
    heap[place] = entry
    entry.place = place
  }

  #sink(entry: Due, place: number): void {
    const heap = this.#heap
    for (;;) {
      let below = 2 * place + 1
      let first = heap[below]
      const other = heap[below + 1]
      if (other !== undefined && first !== undefined && other.dueAt < first.dueAt) {
        first = other
        below++
      }
      if (first === undefined || first.dueAt >= entry.dueAt) break
      heap[place] = first
      first.place = place
      place = below
    }
    heap[place] = entry
    entry.place = place
  }
}
