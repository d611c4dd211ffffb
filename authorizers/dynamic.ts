import type { AccessRequest, Authorizer, Decision, Principal } from '../router/access.ts'
import type { Judge } from './judge.ts'
import { isNamedUnder } from './reserved-names.ts'
import { traced, type Trail } from './trace.ts'

export interface DynamicOptions {
  /** Exact URI of the procedure that decides. */
  readonly procedure: string
  /** Exact URI of the procedure by which the authorizer says that rights have changed. */
  readonly flush: string
  /** The authrole of the component that offers it: the only one that can. */
  readonly role: string
  /** The authroles about whose actions it is asked. */
  readonly decides: ReadonlySet<string>
  readonly judge: Pick<Judge, 'ask'>
  readonly trail?: Trail
}

/**
 * Decides by asking a component of the integrator's. It is asked about the actions of some roles only, never of its
 * own, and never about the router's own names: so it is never asked whether it may answer.
 */
export class DynamicAuthorizer {
  readonly #options: DynamicOptions

  constructor(options: DynamicOptions) {
    this.#options = options
  }

  /** Has no opinion on who is not in its charge. */
  readonly authorize: Authorizer = (request) => {
    const { procedure, flush, role, decides } = this.#options
    const { principal, action, uri, match } = request
    if (principal.kind === 'service') return undefined
    if (match === 'exact' && (uri === procedure || uri === flush)) {
      const own = principal.kind === 'component' && principal.authrole === role
      if (own && action === (uri === flush ? 'call' : 'register')) return this.#ownRight(principal)
      // Who could offer these would decide, and who could call `flush` would make others wait.
      if (action === 'register' || uri === flush) return foreign(principal)
    }
    if (!decides.has(principal.authrole)) return undefined
    if (principal.kind !== 'component' && principal.kind !== 'anonymous') return undefined
    if (isNamedUnder(uri, 'latchkey') || isNamedUnder(uri, 'wamp')) return undefined
    return this.#ask(request)
  }

  #ownRight({ expiresAt = Infinity }: Principal): Decision {
    return { allow: true, disclose: true, until: expiresAt }
  }

  async #ask(request: AccessRequest): Promise<Decision> {
    const { judge, trail } = this.#options
    const { decision, problem } = await judge.ask(request)
    if (decision.allow || problem !== undefined || trail === undefined) return decision
    return traced(decision, request, trail, { outcome: 'deny', reason: 'dynamic', details: {} })
  }
}

function foreign({ expiresAt = Infinity }: Principal): Decision {
  return { allow: false, reason: 'wamp.error.not_authorized', until: expiresAt }
}
