import { systemClock, type Clock } from '../clock.ts'
import type { Ecosystems } from '../ecosystems/ecosystems.ts'
import type { Authorizer, Decision } from '../router/access.ts'
import type { EngineLog } from '../router/log.ts'
import type { Check } from './check.ts'
import { capability } from './checks/capability.ts'
import { frame } from './checks/frame.ts'
import { level } from './checks/level.ts'
import { ownership } from './checks/ownership.ts'
import { reserved } from './checks/reserved.ts'
import { route } from './checks/route.ts'
import { session } from './checks/session.ts'
import { standing } from './checks/standing.ts'
import { touches } from './reserved-names.ts'
import { Question, type AccessQuestion, type Facts } from './question.ts'
import { traced } from './trace.ts'

export type { AccessQuestion, Facts } from './question.ts'

/** Every decision of a house, in this order. The first check that denies answers; so does the one that allows. */
export const checks: readonly Check[] = [
  frame,
  session,
  reserved,
  standing,
  ownership,
  capability,
  level,
  route,
]

/** No answer is kept for longer, whatever it rests on. */
const longestKeepMs = 60_000

/** One above the trust level of level 1. */
const fullTrust = 10

/** Why it was decided so: for the owner, never for who asked. */
export interface Findings {
  readonly match?: string
  /** Device under whose prefix the URI lies. */
  readonly device?: string
  /** Where the grant counts that allows it; in a denial the ecosystem that asks least. */
  readonly ecosystem?: string
  /** The level required there. */
  readonly required?: number
  /** The level that the party has there. */
  readonly level?: number
  readonly grant?: string
  /** What broke, when the decision failed. */
  readonly error?: string
}

/** A decision and the name of the check that made it. */
export interface Explained {
  readonly decision: Decision
  readonly check: string
  readonly details: Findings
}

/**
 * Decides without any side effect: nothing is recorded.
 * @param list the checks to go through; only tests have others
 */
export function decide(
  context: { readonly ecosystems: Facts; readonly clock?: Clock },
  asked: AccessQuestion,
  list: readonly Check[] = checks,
): Explained {
  const question = new Question(asked, context.ecosystems, (context.clock ?? systemClock).now())
  for (const { name, check } of list) {
    try {
      const finding = check(question)
      if (finding !== 'next') return explain(question, name, finding === 'allow')
    } catch (error) {
      return {
        decision: { allow: false, reason: 'wamp.error.authorization_failed' },
        check: name,
        details: { error: error instanceof Error ? error.message : String(error) },
      }
    }
  }
  return explain(question, 'none', false)
}

/**
 * The dynamic authorizer of a realm: has an answer to everything, so it stands last in a chain.
 * Denials and uses of level 1 are recorded.
 */
export function ecosystemAuthorizer(context: {
  readonly ecosystems: Facts & Pick<Ecosystems, 'audit'>
  readonly clock?: Clock
  readonly log?: EngineLog
}): Authorizer {
  const { audit } = context.ecosystems
  return (request) => {
    const { decision, check, details } = decide(context, request)
    if (details.error !== undefined)
      context.log?.('error', `the check ${check} failed; denied`, { error: details.error })
    const outcome = decision.allow ? 'allow' : details.error === undefined ? 'deny' : 'failure'
    // Latchkey's own procedures record by themselves what they change.
    const isOperator = request.principal.kind === 'operator' && !touches(request, 'latchkey')
    const isNotable = !decision.allow || details.level === 1 || isOperator
    if (!isNotable) return decision
    return traced(decision, request, audit, { outcome, reason: check, details: { ...details } })
  }
}

function explain(question: Question, check: string, allow: boolean): Explained {
  return {
    decision: {
      allow,
      ...(allow ? { disclose: true, ...trust(question) } : { reason: 'wamp.error.not_authorized' }),
      ...keeping(question, check),
    },
    check,
    details: findings(question),
  }
}

/**
 * The house's level as WAMP's trust level, which is the other way round: there 0 is least. What is settled by name
 * has no level.
 */
function trust({ grant }: Question): Pick<Decision, 'trustlevel'> {
  return grant === undefined ? {} : { trustlevel: Math.max(0, fullTrust - grant.level) }
}

/** What makes the answer fall: time, and the facts that were looked at. */
function keeping(question: Question, check: string): Pick<Decision, 'until' | 'epochs'> {
  const { expiresAt = Infinity } = question.asked.principal
  // Whoever brings a newer proof is not to be told of the old one.
  if (check === session.name) return {}
  return { until: Math.min(expiresAt, question.now + longestKeepMs), epochs: question.epochs }
}

function findings(question: Question): Findings {
  const { asked, grant, subject, settled } = question
  const match = asked.match === 'exact' ? {} : { match: asked.match }
  if (settled) return match
  const device = question.knownOwner?.id
  const least = question.requirements.toSorted((a, b) => b.level - a.level)[0]
  const ecosystem = grant?.ecosystem ?? least?.ecosystem
  const held =
    grant ??
    (subject === undefined || ecosystem === undefined
      ? undefined
      : question.facts.grants.grantOf(subject, ecosystem))
  const required = question.required ?? least?.level
  return {
    ...match,
    ...(device !== undefined && { device }),
    ...(ecosystem !== undefined && { ecosystem }),
    ...(required !== undefined && { required }),
    ...(held !== undefined && { level: held.level, grant: held.id }),
  }
}
