/**
 * Time as a part that can be exchanged, so that waits of months run in milliseconds in a test.
 * A leaf: every layer may import it, it imports nothing.
 */
export interface Clock {
  /** Milliseconds since the epoch: the time that people set, which may go back. */
  now(): number
  /** Milliseconds since some moment, by a clock that nobody sets: what has passed, and no more. */
  elapsed(): number
  /** Runs `task` once after `delayMs`; the returned function takes it back. Never keeps the process alive. */
  after(delayMs: number, task: () => void): () => void
}

/** Node's timers fire at once above this delay, so longer waits are made of several. */
const longestTimerMs = 2 ** 31 - 1

/** The clock of the machine. */
export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  after(delayMs, task) {
    let timer: NodeJS.Timeout
    const arm = (leftMs: number): void => {
      const stepMs = Math.min(Math.max(leftMs, 0), longestTimerMs)
      timer = setTimeout(() => (leftMs > stepMs ? arm(leftMs - stepMs) : task()), stepMs)
      timer.unref()
    }
    arm(delayMs)
    return () => clearTimeout(timer)
  },
}
