import type { Session } from './session.ts'

/** How a registration or a subscription is made and taken back in one session. */
export interface Making {
  start(session: Session): Promise<void>
  stop(session: Session): Promise<void>
  /** Whether it is to stand. */
  wanted(): boolean
}

/**
 * A registration or subscription that is to stand in whatever session there is. Its steps run one after the other,
 * so that a wish taken back while the router still answers the last one ends as it was wished last.
 */
export class Standing {
  readonly uri: string
  readonly #making: Making
  #session: Session | undefined
  #work: Promise<void> = Promise.resolve()

  constructor(uri: string, making: Making) {
    this.uri = uri
    this.#making = making
  }

  /** Whether it stands, or is being taken back. */
  standsIn(session: Session): boolean {
    return this.#session === session
  }

  /** Brings `session` to what is wished. @throws CallError, SessionLost */
  settle(session: Session): Promise<void> {
    const step = async (): Promise<void> => {
      const stands = this.#session === session
      if (this.#making.wanted() === stands) return
      if (!stands) {
        await this.#making.start(session)
        this.#session = session
        return
      }
      try {
        await this.#making.stop(session)
      } finally {
        this.#session = undefined
      }
    }
    const result = this.#work.then(step)
    this.#work = result.catch(() => undefined)
    return result
  }
}
