import type { DomainLog } from './alarms.ts'

/** Who is told of something. One that throws keeps no other from hearing of it, nor what it is about from happening. */
export class Listeners<News> {
  readonly #listeners = new Set<(news: News) => void>()
  readonly #of: string
  readonly #log: DomainLog

  /** @param of what they are told of, for the log */
  constructor(of: string, log: DomainLog) {
    this.#of = of
    this.#log = log
  }

  /** Returns how to stop listening. */
  listen(listener: (news: News) => void): () => void {
    this.#listeners.add(listener)
    return () => {
      this.#listeners.delete(listener)
    }
  }

  tell(news: News): void {
    for (const listener of this.#listeners) {
      try {
        listener(news)
      } catch (error) {
        this.#log('error', `a listener of ${this.#of} failed`, { error })
      }
    }
  }
}
