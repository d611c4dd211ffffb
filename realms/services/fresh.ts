import { evidenceOf } from '../../ecosystems/evidence.ts'
import type { ProcedureContext } from '../procedure.ts'
import { stepUpRequired } from './stepup/required.ts'

/** How old the sign-in may be for what an account is to be changed by. */
export const freshMs = 300_000

/** Whether somebody who signed in then has just done so. */
export function isFresh(authAt: number | undefined, now: number): boolean {
  return authAt !== undefined && now <= authAt + freshMs
}

/** @throws WampError `wamp.error.authorization_required` unless the caller has just signed in; the operator always has */
export function requireFresh({ caller, clock }: ProcedureContext, uri: string): void {
  const { principal } = caller
  if (principal.kind === 'operator' || isFresh(evidenceOf(principal).authAt, clock.now())) return
  throw stepUpRequired({ uri, acrValues: ['aal1'], maxAgeMs: freshMs })
}

/**
 * The same, for what changes by which accounts a person comes. A local identity is no proof of any: it is worth no more
 * than its level in its one ecosystem, and an account that was tied to the person by it would be worth everything.
 * @throws WampError as `requireFresh`
 */
export function requireFreshAccount(context: ProcedureContext, uri: string): void {
  requireFresh(context, uri)
  const { local, permissions } = evidenceOf(context.caller.principal)
  if (local !== undefined || permissions !== undefined)
    throw stepUpRequired({ uri, acrValues: ['aal1'], maxAgeMs: freshMs })
}
