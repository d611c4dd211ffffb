import type { Dict } from './errors.ts'

/**
 * How to prove who one is. It is there before the connection is made, so that nothing is awaited between CHALLENGE
 * and AUTHENTICATE, for which a router does not wait long.
 */
export interface Credential {
  readonly authmethods: readonly string[]
  /** A hint: who one is follows from the proof. */
  readonly authid: string
  readonly authextra?: Dict
  /** AUTHENTICATE.Signature for a CHALLENGE. Absent for methods without one. */
  readonly answer?: (method: string, extra: Dict) => string
}

/** Joins as nobody, where a realm lets one. */
export const anonymous: Credential = { authmethods: ['anonymous'], authid: 'anonymous' }

/** Joins with a ticket: an ID token, a provisioning code, or the ticket of a component. */
export function ticket(secret: string, authid: string): Credential {
  return { authmethods: ['ticket'], authid, answer: () => secret }
}
