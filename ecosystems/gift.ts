import type { DomainError } from './errors.ts'
import type { Subject } from './grant-terms.ts'
import type { GrantRow } from './store/store.ts'

/** Who wants to give something. */
export interface Giver {
  readonly subject: Subject
  /** No better level counts, whatever is held: what the proof of the session allows in the ecosystem. 1: no limit. */
  readonly cap: number
}

/** What is to be given. What is absent is not limited. */
export type Gift = Pick<GrantRow, 'level'> &
  Partial<
    Pick<
      GrantRow,
      'device' | 'uri' | 'match' | 'actions' | 'effect' | 'expiresAt' | 'schedule' | 'uses'
    >
  > & {
    readonly ecosystem: string
    readonly delegable?: number
  }

/**
 * The grant by which it may be given, which is to be its `parent`; or how far it may be given, for the giver to read;
 * or nothing: he has no right to give this at all.
 */
export type Permit = { readonly parent: GrantRow } | { readonly refusal: DomainError } | undefined
