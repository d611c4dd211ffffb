import type { ConnectionState } from '../../clients/connection.ts'

/** Notes the states of a client, and lets a test wait for one. */
export class States {
  readonly all: ConnectionState[] = []
  #waiting: (() => void)[] = []

  readonly listen = (state: ConnectionState): void => {
    this.all.push(state)
    const waiting = this.#waiting
    this.#waiting = []
    for (const look of waiting) look()
  }

  /** The `count`-th state of this status, counted from the start. */
  async nth(count: number, status: ConnectionState['status']): Promise<ConnectionState> {
    for (;;) {
      const found = this.all.filter((state) => state.status === status)[count - 1]
      if (found !== undefined) return found
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
  }
}
