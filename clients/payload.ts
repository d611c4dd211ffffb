import type { AssertionClaims } from '../proofs/claims.ts'
import type { Dict } from './errors.ts'

/** Positional and keyword arguments of a result, an event or an invocation. */
export interface Payload {
  readonly args: readonly unknown[]
  readonly kwargs: Dict
}

/** An invocation or event, with what the router says of it (`caller`, `publisher`, `topic`, …). */
export interface Delivery extends Payload {
  readonly details: Dict
  /** The house's word on who asks, verified; there only where the device requires it. */
  readonly assertion?: AssertionClaims
}

/**
 * Answers an invocation with the one value of its result; `undefined` makes an empty result. A CallError that it
 * throws goes to the caller as it is; of any other the caller learns only that it happened.
 */
export type Procedure = (invocation: Delivery) => unknown

/** Takes an event. */
export type Listener = (event: Delivery) => unknown
