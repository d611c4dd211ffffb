import type { Clock } from '../clock.ts'
import type { Alarms } from './alarms.ts'
import { Epoch } from './epochs.ts'
import { DomainError } from './errors.ts'
import { StoreConflict, type Change, type Store } from './store/store.ts'
import { Turns } from './store/turns.ts'

/**
 * Whose change it is. Each has places of its own in the line: what newcomers and devices ask for by themselves never
 * keeps an owner from changing anything, and nothing keeps him from taking a right away.
 */
export type ChangeOrigin = 'outside' | 'house' | 'revocation'

/** Hands changes to the store: all or none. @throws DomainError conflict, unavailable */
export type Commit = (changes: readonly Change[]) => Promise<void>

/**
 * The one line in which all changes of a domain stand, so that memory and store change in the same order.
 * What takes a right away has worked in memory before it stands here; what gives one works after its commit.
 */
export class Changes {
  readonly clock: Clock
  /** Moves with every change. */
  readonly root: Epoch = new Epoch()
  readonly #store: Store
  readonly #alarms: Alarms
  /** Bounded by the places of each origin. */
  readonly #turns = new Turns(Infinity, tooMany)
  readonly #maxWaitMs: number
  readonly #maxWaiting: Readonly<Record<ChangeOrigin, number>>
  readonly #waiting: Record<ChangeOrigin, number> = { outside: 0, house: 0, revocation: 0 }
  #order = 0

  constructor(options: {
    readonly store: Store
    readonly clock: Clock
    readonly alarms: Alarms
    readonly maxWaiting: Readonly<Record<ChangeOrigin, number>>
    readonly maxWaitMs: number
  }) {
    this.clock = options.clock
    this.#store = options.store
    this.#alarms = options.alarms
    this.#maxWaitMs = options.maxWaitMs
    this.#maxWaiting = options.maxWaiting
  }

  /** A change's place in time: it overrules what was asked for before it, never what came after. */
  next(): number {
    return ++this.#order
  }

  /** A change that gives: `task` commits and moves memory afterwards. */
  give<Result>(
    name: string,
    task: (commit: Commit) => Promise<Result>,
    origin: ChangeOrigin = 'house',
  ): Promise<Result> {
    return this.#run(origin, task, (reason) =>
      this.#alarms.raise('change_not_stored', `${name} was refused: ${reason}`),
    )
  }

  /** A change that takes: memory has moved already, and stays so if the commit fails. */
  take<Result>(name: string, task: (commit: Commit) => Promise<Result>): Promise<Result> {
    return this.#run('revocation', task, (reason) =>
      this.#alarms.raise(
        'revocation_not_stored',
        `${name} holds in memory only and must be repeated: ${reason}`,
      ),
    )
  }

  /** Resolves when all changes that stand in line now have ended. */
  async settled(): Promise<void> {
    await this.#turns.runLast(() => Promise.resolve())
  }

  async #run<Result>(
    origin: ChangeOrigin,
    task: (commit: Commit) => Promise<Result>,
    alarm: (reason: string) => void,
  ): Promise<Result> {
    try {
      return await this.#turn(origin, () => task((changes) => this.#commit(changes)))
    } catch (error) {
      if (error instanceof DomainError && error.code === 'unavailable') alarm(error.message)
      throw error
    }
  }

  /** Whoever has waited for too long is told so, even if the one before him never ends; his task is not begun. */
  #turn<Result>(origin: ChangeOrigin, task: () => Promise<Result>): Promise<Result> {
    const max = this.#maxWaiting[origin]
    if (this.#waiting[origin] >= max) return Promise.reject(tooMany(max))
    this.#waiting[origin] += 1
    return new Promise((resolve, reject) => {
      let expired = false
      const cancel = this.clock.after(this.#maxWaitMs, () => {
        expired = true
        reject(
          new DomainError(
            'unavailable',
            `the store kept this change waiting for more than ${this.#maxWaitMs} ms`,
          ),
        )
      })
      // The place is free before whoever waited for this change can ask for another.
      const leave = (): number => (this.#waiting[origin] -= 1)
      const turn = this.#turns.run(async () => {
        if (expired) return void leave()
        cancel()
        resolve(await task().finally(leave))
      })
      turn.catch((error: unknown) =>
        reject(error instanceof Error ? error : new Error(String(error))),
      )
    })
  }

  async #commit(changes: readonly Change[]): Promise<void> {
    try {
      await this.#store.commit(changes)
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      throw error instanceof StoreConflict
        ? new DomainError('conflict', reason, { cause: error })
        : new DomainError('unavailable', reason, { cause: error })
    }
  }
}

function tooMany(max: number): DomainError {
  return new DomainError('unavailable', `${max} changes are waiting already`)
}
