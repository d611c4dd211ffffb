import type { LastWords } from './last-words.ts'

/** A router that runs, and is measured. */
export interface Subject {
  /** Whose CPU and memory count, with its children. */
  readonly pid: number
  readonly webSocket: string
  /** RawSocket. */
  readonly rawSocket: string
  /** Passes messages on and knows no WAMP. */
  readonly isRelay: boolean
  /** Of its errors. */
  readonly lastWords: LastWords
  stop(): Promise<void>
}
