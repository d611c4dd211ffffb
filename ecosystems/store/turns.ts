/**
 * One task at a time, in the order in which they came, and only so many waiting:
 * a disk that hangs must not let memory grow without end.
 */
export class Turns {
  readonly #maxWaiting: number
  readonly #refusal: (maxWaiting: number) => Error
  #last: Promise<unknown> = Promise.resolve()
  /** How many have not ended yet, the running one among them. */
  #waiting = 0

  constructor(maxWaiting: number, refusal: (maxWaiting: number) => Error) {
    this.#maxWaiting = maxWaiting
    this.#refusal = refusal
  }

  /** Runs `task` when all before it have ended, however they ended. Rejects at once when too many wait. */
  run<Result>(task: () => Promise<Result>): Promise<Result> {
    if (this.#waiting >= this.#maxWaiting) return Promise.reject(this.#refusal(this.#maxWaiting))
    return this.#enqueue(task)
  }

  /** The same without the bound: for the last task of all. */
  runLast<Result>(task: () => Promise<Result>): Promise<Result> {
    return this.#enqueue(task)
  }

  #enqueue<Result>(task: () => Promise<Result>): Promise<Result> {
    this.#waiting += 1
    const turn = this.#last.then(task).finally(() => {
      this.#waiting -= 1
    })
    // Whoever waits for this turn hears of its failure; the next turn only needs to know that it ended.
    this.#last = turn.catch(() => undefined)
    return turn
  }
}
