import type { CapabilityAction } from '../ecosystems/store/store.ts'
import type { Principal } from '../router/access.ts'

/** One thing that may be done with a device. */
export interface Use {
  readonly realm: string
  readonly uri: string
  readonly action: CapabilityAction
}

/** What the house says of a use now. A cure is told only to whoever holds something there. */
export type Standing =
  | { readonly kind: 'allow' }
  | { readonly kind: 'deny' }
  /** The owner must agree. */
  | { readonly kind: 'approval' }
  /** The party must prove better, or more lately, who it is. */
  | { readonly kind: 'step_up'; readonly acr: string; readonly maxAgeMs?: number }

/** A device as something to be shared. */
export interface SharedDevice {
  readonly id: string
  readonly realm: string
  /** What can be done with it, by scope: a verb, or `subscribe:` or `publish:` and one. */
  readonly uses: ReadonlyMap<string, Use>
}

/** What the authorization server asks the house. It decides nothing about people and devices by itself. */
export interface AuthorityDomain {
  /**
   * The person whose ID token this is, as at a join.
   * @throws WampError `wamp.error.authentication_denied` or `wamp.error.authentication_failed`
   */
  personOf(idToken: string): Promise<Principal>
  /** Whether the party is in good standing, and the proof by which it came was not taken back. */
  isActive(party: Principal): boolean
  /** Addresses of the providers whose ID tokens are good. */
  issuers(): readonly string[]
  /** The device of that id or prefix, if the party may do everything with it; else `undefined`, as if there were none. */
  deviceOf(party: Principal, name: string): SharedDevice | undefined
  /** The device, whoever asks. */
  device(id: string): SharedDevice | undefined
  /** Decides without any effect, by what holds now. */
  mayUse(party: Principal, use: Use): Standing | Promise<Standing>
  /** Asks the owner. `approval` names the question from then on. */
  ask(
    party: Principal,
    use: Use,
  ): Promise<{ readonly approval: string; readonly intervalMs: number }>
  /** `unknown`: it has expired, or there never was one. */
  approvalState(approval: string): 'pending' | 'approved' | 'denied' | 'unknown'
}
