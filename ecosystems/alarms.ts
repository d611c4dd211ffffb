import type { Clock } from '../clock.ts'

/** Something its owner should look at now. */
export interface Alarm {
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly code: AlarmCode
  readonly message: string
}

export type AlarmCode =
  /** A change was refused because the store did not take it. */
  | 'change_not_stored'
  /** A right was taken away in memory, but the store did not take it: a restart would bring it back. */
  | 'revocation_not_stored'
  /** Audit records wait, as the store does not take them. */
  | 'audit_delayed'
  /** Audit records were given up. */
  | 'audit_lost'

export type DomainLog = (
  level: 'info' | 'warn' | 'error',
  message: string,
  details?: object,
) => void

/** The last alarms, newest last. */
export class Alarms {
  readonly #clock: Clock
  readonly #log: DomainLog
  readonly #tell: (alarm: Alarm) => void
  readonly #max: number
  readonly #last: Alarm[] = []

  constructor(options: {
    readonly clock: Clock
    readonly log: DomainLog
    readonly tell: (alarm: Alarm) => void
    readonly max: number
  }) {
    this.#clock = options.clock
    this.#log = options.log
    this.#tell = options.tell
    this.#max = options.max
  }

  get last(): readonly Alarm[] {
    return this.#last
  }

  /** Never throws: who raises an alarm has something more important to finish. */
  raise(code: AlarmCode, message: string): void {
    const alarm: Alarm = { at: this.#clock.now(), code, message }
    this.#last.push(alarm)
    if (this.#last.length > this.#max) this.#last.shift()
    this.#log('error', message, { alarm: code })
    try {
      this.#tell(alarm)
    } catch (error) {
      this.#log('error', 'the alarm could not be passed on', { alarm: code, error })
    }
  }
}
