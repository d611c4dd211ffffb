import { systemClock, type Clock } from '../clock.ts'
import type { AccessRequest, Action, Authorizer, Decision, Match } from '../router/access.ts'
import { checkUri } from '../router/wire/uri.ts'
import { bySpecificity, covers, meets } from '../ecosystems/pattern.ts'
import { isNamedUnder } from './reserved-names.ts'
import { traced, type Trail } from './trace.ts'

/** What a role may do with the URIs that match. Of the rules that match the most specific decides, alone. */
export interface UriRule {
  /** The authrole for which it is. */
  readonly role: string
  readonly uri: string
  readonly match: Match
  readonly allow: Readonly<Record<Action, boolean>>
  /** Whether the receiver learns who it was; absent: as the options say. */
  readonly disclose?: boolean | undefined
  /** How far the role is trusted there; absent: receivers are told nothing of it. */
  readonly trustlevel?: number | undefined
  /** What is answered where the rule says no; absent: the same as where there is no rule. */
  readonly denial?: 'not_authorized' | 'authorization_denied' | 'authorization_required' | undefined
}

export interface StaticOptions {
  readonly clock?: Clock
  /** Where denials are recorded. */
  readonly trail?: Trail
}

/** Whom the rules are for. All others are decided elsewhere. */
const kinds: ReadonlySet<string> = new Set(['component', 'anonymous'])

/**
 * Decides for configured components and for anonymous, by URI rules of the configuration; no rule: no.
 * Has no opinion on anybody else.
 */
export function staticAuthorizer(
  rules: readonly UriRule[],
  { clock = systemClock, trail }: StaticOptions = {},
): Authorizer {
  const byRole = new Map<string, UriRule[]>()
  for (const rule of rules.toSorted(bySpecificity)) {
    const list = byRole.get(rule.role)
    if (list === undefined) byRole.set(rule.role, [rule])
    else list.push(rule)
  }
  return (request) => {
    const { principal } = request
    if (!kinds.has(principal.kind)) return undefined
    const until = principal.expiresAt ?? Infinity
    const rule =
      until > clock.now() ? deciding(byRole.get(principal.authrole) ?? [], request) : undefined
    if (rule?.allow[request.action] === true) {
      const { disclose, trustlevel } = rule
      return {
        allow: true,
        until,
        ...(disclose !== undefined && { disclose }),
        ...(trustlevel !== undefined && { trustlevel }),
      }
    }
    // Rules never change while the router runs, so the answer holds as long as the session does.
    const reason = `wamp.error.${rule?.denial ?? 'not_authorized'}`
    const denial: Decision = { allow: false, reason, until }
    if (trail === undefined) return denial
    const details = rule === undefined ? {} : { rule: rule.uri, match: rule.match }
    return traced(denial, request, trail, { outcome: 'deny', reason: 'static', details })
  }
}

/**
 * The rule that decides: the most specific of those that cover what is asked for, all of it. A broad pattern may be
 * covered though `latchkey.` and `wamp.` lie within it: the engine lets nobody reach those by a pattern that does not
 * name them.
 */
function deciding(rules: readonly UriRule[], request: AccessRequest): UriRule | undefined {
  const { action, match, uri } = request
  if (checkUri(uri, { match }) !== undefined) return undefined
  if (isNamedUnder(uri, 'latchkey')) return ofProduct(rules, request)
  const writes = action === 'register' || action === 'publish'
  if (writes && isNamedUnder(uri, 'wamp')) return undefined
  for (const rule of rules) {
    if (covers(rule, request)) return rule
    // A pattern would reach through to what a narrower rule keeps shut.
    if (match !== 'exact' && !rule.allow[action] && meets(rule, request)) return undefined
  }
  return undefined
}

/** Latchkey's own procedures are open to a component that a rule names them for; "everything" does not mean them. */
function ofProduct(rules: readonly UriRule[], request: AccessRequest): UriRule | undefined {
  if (request.action !== 'call' || request.principal.kind !== 'component') return undefined
  return rules.find((rule) => rule.uri.startsWith('latchkey.') && covers(rule, request))
}
