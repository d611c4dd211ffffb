import type { Peer } from './peer.ts'
import type { Registration } from './registration.ts'
import type { Subscription } from './subscription.ts'

/**
 * Is told of what a dealer or broker holds, in the same tick and after the fact: when `removed` is called, no index
 * names the peer any more. Must not throw, nor change what it is told of.
 */
export interface Observer<T> {
  /** `created`: `peer` is the first. */
  added(peer: Peer, what: T, created: boolean): void
  /** `deleted`: `peer` was the last. */
  removed(peer: Peer, what: T, deleted: boolean): void
}

export type RegistrationObserver = Observer<Registration>
export type SubscriptionObserver = Observer<Subscription>
