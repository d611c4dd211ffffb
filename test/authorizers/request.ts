import type { AccessRequest, Action, Match, Principal } from '../../router/access.ts'
import { Payload } from '../../router/wire/payload.ts'

/** A principal as the router would have made it. */
export function principal(
  kind: string,
  authid: string = kind,
  more: Partial<Principal> = {},
): Principal {
  return { kind, authid, authrole: kind, authmethod: 'test', authprovider: 'test', ...more }
}

/** A request in the realm `home`. */
export function request(
  who: Principal,
  action: Action,
  uri: string,
  match: Match = 'exact',
  realm = 'home',
): AccessRequest {
  return {
    action,
    uri,
    match,
    realm,
    principal: who,
    options: {},
    session: 4711,
    peer: { transport: 'local', address: '', operator: false },
    payload: Payload.empty,
  }
}

/** Whether a kept decision would still be used: what the router asks for each message. */
export function holds(
  decision: {
    readonly until?: number
    readonly epochs?: {
      readonly parts: readonly {
        readonly counter: { readonly value: number }
        readonly seen: number
      }[]
    }
  },
  now: number,
): boolean {
  if (decision.until === undefined || now >= decision.until) return false
  return (decision.epochs?.parts ?? []).every(({ counter, seen }) => counter.value === seen)
}
