import type { Question } from './question.ts'

/** What one check says. `next` is no allow: what no check allows is denied. */
export type Finding = 'next' | 'deny' | 'allow'

/** One step of a decision. Its name is what the owner reads in the audit. */
export interface Check {
  readonly name: string
  /** Reads, never changes; what it throws is a denial. */
  readonly check: (question: Question) => Finding
}
