import { NotAsked } from '../authorizers/judge.ts'
import type { Clock } from '../clock.ts'
import type { AccessRequest } from '../router/access.ts'
import type { Limits } from '../router/limits.ts'
import type { EngineLog } from '../router/log.ts'

/** What bounds questions, and who is told. */
export interface QuestionsContext {
  readonly clock: Clock
  readonly limits: Pick<Limits, 'calls' | 'questions' | 'waitingQuestions' | 'decisionMs'>
  readonly log?: EngineLog | undefined
}

interface Waiting {
  readonly asker: AccessRequest['asker']
  /** When whoever asks has given it up. */
  readonly until: number
  readonly put: () => void
  readonly drop: (reason: NotAsked) => void
}

/**
 * Questions to a component: so many are under way, the others wait in their order. What nobody waits for any more when
 * its turn comes is not asked.
 */
export class Questions {
  readonly #context: QuestionsContext
  readonly #most: number
  readonly #waiting: Waiting[] = []
  #underWay = 0
  /** It was said that there is no room. */
  #told = false

  constructor(context: QuestionsContext) {
    const { questions, calls } = context.limits
    this.#context = context
    // They are calls of one peer, which are bounded too.
    this.#most = Math.min(questions, calls)
  }

  /** What the answer is; rejects with what `put` rejects with, or NotAsked. `put` is called when it is its turn. */
  ask<T>(put: () => Promise<T>, asker?: AccessRequest['asker']): Promise<T> {
    return new Promise((resolve, reject) => {
      const begin = (): void => {
        this.#underWay++
        void put()
          .then(resolve, reject)
          .finally(() => this.#ended())
      }
      if (this.#underWay < this.#most) return begin()
      const { clock, limits } = this.#context
      this.#dropGivenUp()
      if (this.#waiting.length >= limits.waitingQuestions) return reject(this.#full())
      const until = clock.now() + limits.decisionMs
      // A testament is asked about when its maker is gone.
      const leaver = asker?.gone === true ? undefined : asker
      this.#waiting.push({ asker: leaver, until, put: begin, drop: reject })
    })
  }

  #ended(): void {
    this.#underWay--
    this.#dropGivenUp()
    if (this.#waiting.length === 0) this.#told = false
    this.#waiting.shift()?.put()
  }

  /** Of those whose turn is next. All have the same time: those behind them are younger. */
  #dropGivenUp(): void {
    const now = this.#context.clock.now()
    for (;;) {
      const [next] = this.#waiting
      if (next === undefined || (next.asker?.gone !== true && now < next.until)) return
      this.#waiting.shift()
      next.drop(new NotAsked('nobody waits for the answer any more'))
    }
  }

  #full(): NotAsked {
    const { limits, log } = this.#context
    const { waitingQuestions } = limits
    // Once each time that it begins: too many questions must not become as many warnings.
    if (!this.#told) {
      log?.('error', 'too many questions wait for the authorizer; denied', { waitingQuestions })
    }
    this.#told = true
    return new NotAsked(`more than ${waitingQuestions} questions wait for the authorizer`)
  }
}
