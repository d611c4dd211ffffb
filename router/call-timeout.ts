import type { Clock } from '../clock.ts'
import { nowhere, type Agenda, type Due } from './agenda.ts'

/** What all timeouts of a realm's calls share. */
export interface CallTimeouts<Call> {
  readonly clock: Clock
  readonly agenda: Agenda
  /** The call has had its `ms`: called once for each. */
  readonly expired: (call: Call, ms: number) => void
}

/**
 * Ends a call whose caller gave it a time (rfc/text/advanced/rpc_call_timeout.md), at that time and at most a
 * millisecond before. A result puts the end off; that costs one write, as its place in the agenda is looked at when it
 * comes.
 */
export class CallTimeout<Call> implements Due {
  dueAt = 0
  place: number = nowhere
  readonly #call: Call
  readonly #ms: number
  readonly #shared: CallTimeouts<Call>
  /** When the last result came, by `Clock.elapsed`. */
  #extendedAt = -Infinity

  /** Its time begins. */
  constructor(call: Call, ms: number, shared: CallTimeouts<Call>) {
    this.#call = call
    this.#ms = ms
    this.#shared = shared
    shared.agenda.enter(this, ms)
  }

  due(): void {
    const { clock, agenda, expired } = this.#shared
    const leftMs = this.#extendedAt + this.#ms - clock.elapsed()
    if (leftMs < 1) expired(this.#call, this.#ms)
    else agenda.enter(this, leftMs)
  }

  /** The time begins anew. */
  extend(): void {
    this.#extendedAt = this.#shared.clock.elapsed()
  }

  end(): void {
    this.#shared.agenda.remove(this)
  }
}
