import type { AccessRequest, Authorizer, Decision } from '../router/access.ts'
import { traced, type Trail } from './trace.ts'

type Opinion = Decision | undefined

/**
 * The same decisions, each with a record of who asked for what: also of what is allowed, which is otherwise only
 * counted. What an authorizer records by itself is not recorded twice.
 */
export function accounted(authorizer: Authorizer, trail: Trail): Authorizer {
  const recorded = (decision: Opinion, request: AccessRequest): Opinion => {
    if (decision === undefined || decision.record !== undefined) return decision
    const outcome = decision.allow ? 'allow' : 'deny'
    return traced(decision, request, trail, { outcome, reason: 'accounting', details: {} })
  }
  return (request) => {
    const opinion = authorizer(request)
    return opinion instanceof Promise
      ? opinion.then((decision) => recorded(decision, request))
      : recorded(opinion, request)
  }
}
