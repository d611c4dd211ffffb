import type { EpochCounter } from './epochs.ts'
import { Schedule } from './schedule.ts'
import type { GrantRow } from './store/store.ts'

/** A look at grants at one moment: it is told of each counter and each moment on which what it sees rests. */
export interface Look {
  readonly now: number
  readonly relyOn: (counter: EpochCounter) => void
  /** What is seen may be otherwise from then on. */
  readonly endAt: (at: number) => void
}

/** Why a grant is of no use by its own words. */
export type WindowFault = 'suspended' | 'not_yet' | 'over' | 'outside_hours'

/** When grants hold: from, until, and in which hours. */
export class Windows {
  readonly #max: number
  readonly #schedules = new Map<string, Schedule>()

  /** @param max schedules that are kept; of more, the one that was met first is read anew */
  constructor(max: number) {
    this.#max = max
  }

  /** @throws DomainError invalid_argument */
  scheduleOf(text: string): Schedule {
    let schedule = this.#schedules.get(text)
    if (schedule === undefined) {
      schedule = Schedule.parse(text)
      const [oldest] = this.#schedules.keys()
      if (this.#schedules.size >= this.#max && oldest !== undefined) this.#schedules.delete(oldest)
      this.#schedules.set(text, schedule)
    }
    return schedule
  }

  /** `undefined`: it holds now. */
  faultOf(row: GrantRow, look: Look): WindowFault | undefined {
    const { now } = look
    if (row.suspendedAt !== null) return 'suspended'
    if (row.expiresAt !== null) {
      if (row.expiresAt <= now) return 'over'
      look.endAt(row.expiresAt)
    }
    if (row.notBefore !== null && row.notBefore > now) {
      look.endAt(row.notBefore)
      return 'not_yet'
    }
    return row.schedule === null || this.#isOpen(row, row.schedule, look)
      ? undefined
      : 'outside_hours'
  }

  #isOpen({ effect }: GrantRow, text: string, look: Look): boolean {
    let schedule: Schedule
    try {
      schedule = this.scheduleOf(text)
    } catch {
      // A zone that this machine does not know any more: what forbids does so at all hours, what allows at none.
      return effect === 'deny'
    }
    look.endAt(schedule.nextEdge(look.now))
    return schedule.isOpen(look.now)
  }
}
