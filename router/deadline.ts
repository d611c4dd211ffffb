import type { Clock } from '../clock.ts'

/**
 * What the promise comes to; or, when it takes longer than `ms`, a rejection that says so. `what` begins the sentence.
 * The promise itself goes on: what it comes to later is for its maker to undo.
 */
export function withDeadline<T>(
  promise: Promise<T>,
  ms: number,
  clock: Clock,
  what: string,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const endDeadline = clock.after(ms, () =>
      reject(new Error(`${what} took longer than ${ms} ms`)),
    )
    promise.then(
      (value) => {
        endDeadline()
        resolve(value)
      },
      (error: unknown) => {
        endDeadline()
        reject(error instanceof Error ? error : new Error(String(error)))
      },
    )
  })
}
