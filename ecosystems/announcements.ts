import type { Announcement } from './announcement.ts'
import type { DeviceRow } from './store/store.ts'

/** What an announcement has come to. */
export interface Announced {
  readonly device: DeviceRow
  /** Whether this very announcement changed anything; `false` also for one that a newer one has overtaken. */
  readonly changed: boolean
}

type Keep = (device: string, announcement: Partial<Announcement>) => Promise<Announced>

/** The announcement that comes next, and how many were merged into it. */
interface Round {
  announcement: Partial<Announcement>
  merged: number
  readonly result: Promise<Announced>
}

/**
 * One announcement of a device at a time, and one that waits: what comes meanwhile is merged into that, its newer
 * parts over the older ones. So a device that talks without end has one place in the line of changes, and all whose
 * word was overtaken hear what the newest has come to.
 */
export class Announcements {
  readonly #keep: Keep
  readonly #underWay = new Map<string, Promise<void>>()
  readonly #next = new Map<string, Round>()

  constructor(keep: Keep) {
    this.#keep = keep
  }

  add(device: string, announcement: Partial<Announcement>): Promise<Announced> {
    const underWay = this.#underWay.get(device)
    if (underWay === undefined) return this.#begin(device, announcement)
    let round = this.#next.get(device)
    if (round === undefined) {
      round = { announcement, merged: 0, result: underWay.then(() => this.#beginNext(device)) }
      this.#next.set(device, round)
    }
    return join(round, announcement)
  }

  #beginNext(device: string): Promise<Announced> {
    const announcement = this.#next.get(device)?.announcement ?? {}
    this.#next.delete(device)
    return this.#begin(device, announcement)
  }

  #begin(device: string, announcement: Partial<Announcement>): Promise<Announced> {
    const result = this.#keep(device, announcement)
    const end = (): void => {
      if (!this.#next.has(device)) this.#underWay.delete(device)
    }
    this.#underWay.set(device, result.then(end, end))
    return result
  }
}

async function join(round: Round, announcement: Partial<Announcement>): Promise<Announced> {
  round.announcement = { ...round.announcement, ...announcement }
  const mine = ++round.merged
  const { device, changed } = await round.result
  return { device, changed: changed && mine === round.merged }
}
