import type { Match } from './access.ts'
import type { InvokePolicy } from './invoke-policies.ts'
import type { Peer } from './peer.ts'

/** What a callee wants to hold: who else may hold it too follows from how it is to be matched and invoked. */
export interface Claim {
  readonly procedure: string
  readonly match: Match
  readonly invoke: InvokePolicy
  /** Those who hold it now are to lose it (REGISTER.Options.force_reregister). */
  readonly force?: boolean
}

/**
 * Says who may hold a procedure. Each callee of a shared one claims it and releases it. With one process the dealer's own index is all there is to ask. Where several
 * nodes share a realm, an answer takes a round trip; REGISTERED is sent when it has come.
 */
export interface Claims {
  /** `false`: another holds it. What it throws becomes ERROR `wamp.error.unavailable`. */
  claim(claim: Claim, callee: Peer): boolean | Promise<boolean>
  /** The callee has given it up or is gone. */
  release(claim: Claim, callee: Peer): void
}

/** One process: what the dealer's index does not hold is free. */
export const localClaims: Claims = {
  claim: () => true,
  release: () => undefined,
}
