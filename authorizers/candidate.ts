import type { Requirement } from '../ecosystems/devices.ts'
import type { Holding } from '../ecosystems/holdings.ts'
import type { StepUp } from '../ecosystems/step-ups.ts'
import type { Assurance } from '../ecosystems/store/store.ts'

/**
 * One way in which a request could be allowed: what one ecosystem asks for, and a grant that counts there. A check
 * strikes out those that do not pass it; while one is left, the request may go on.
 */
export interface Candidate {
  readonly requirement: Requirement
  readonly holding: Holding
  /** The level that counts, after all caps. */
  readonly level: number
  /** The proof that is spent when the request goes through. */
  readonly stepUp?: StepUp
}

/** How a denial can be cured, in the words of OAuth (RFC 9470, UMA 2.0). */
export type Cure =
  | {
      readonly error: 'insufficient_user_authentication'
      readonly acr: Assurance
      /** In whose words it is to be asked for. */
      readonly ecosystem: string
      readonly maxAgeMs?: number
    }
  | { readonly error: 'presence_required' }
  | { readonly error: 'request_submitted'; readonly requirement: Requirement }
