import type { Clock } from '../clock.ts'

/** Timers of browser and Node alike. They keep a Node process alive: a client that waits to reconnect is at work. */
export const clientClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  after(delayMs, task) {
    const timer = setTimeout(task, delayMs)
    return () => clearTimeout(timer)
  },
}
