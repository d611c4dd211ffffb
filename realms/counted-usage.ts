import type { Usage } from '../ecosystems/usage.ts'
import { isNamedUnder } from '../authorizers/reserved-names.ts'
import type { AccessRequest, Authorizer, Decision } from '../router/access.ts'

/** Whose uses are counted: those who can hold grants. */
const readers: ReadonlySet<string> = new Set(['person', 'device'])

/**
 * The same decisions, of which each use is counted: each call that is let through, and each event that is delivered.
 * Neither what the protocol and the product offer, nor what somebody does with names of his own.
 */
export function countedUsage(authorizer: Authorizer, usage: Pick<Usage, 'counter'>): Authorizer {
  const counted = (
    decision: Decision | undefined,
    request: AccessRequest,
  ): Decision | undefined => {
    if (decision?.allow !== true) return decision
    const { action, uri, realm, principal } = request
    if (action !== 'call' && action !== 'subscribe') return decision
    if (!readers.has(principal.kind) || isOwnName(request)) return decision
    const counter = usage.counter({
      realm,
      uri,
      action,
      reader: `${principal.kind}:${principal.authid}`,
    })
    return action === 'call' ? { ...decision, used: counter } : { ...decision, delivered: counter }
  }
  return (request) => {
    const opinion = authorizer(request)
    return opinion instanceof Promise
      ? opinion.then((decision) => counted(decision, request))
      : counted(opinion, request)
  }
}

function isOwnName({ uri, principal: { kind, authid } }: AccessRequest): boolean {
  if (isNamedUnder(uri, 'wamp') || isNamedUnder(uri, 'latchkey')) return true
  return kind === 'person' && isNamedUnder(uri, `user.${authid}`)
}
