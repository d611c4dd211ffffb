import { systemClock, type Clock } from '../clock.ts'
import type { Decision } from '../router/access.ts'
import type { Check } from './check.ts'
import { approval } from './checks/approval.ts'
import { assurance } from './checks/assurance.ts'
import { behalf } from './checks/behalf.ts'
import { capability } from './checks/capability.ts'
import { frame } from './checks/frame.ts'
import { grant } from './checks/grant.ts'
import { level } from './checks/level.ts'
import { ownership } from './checks/ownership.ts'
import { permission } from './checks/permission.ts'
import { presence } from './checks/presence.ts'
import { reserved } from './checks/reserved.ts'
import { route } from './checks/route.ts'
import { rules } from './checks/rules.ts'
import { session } from './checks/session.ts'
import { standing } from './checks/standing.ts'
import { findingsOf, type Findings } from './findings.ts'
import { Question, type AccessQuestion, type Facts } from './question.ts'

/** Every decision of a house, in this order. The first check that denies answers; so does the one that allows. */
export const checks: readonly Check[] = [
  frame,
  session,
  permission,
  reserved,
  standing,
  behalf,
  ownership,
  rules,
  capability,
  grant,
  level,
  assurance,
  presence,
  approval,
  route,
]

/** No answer is kept for longer, whatever it rests on. */
const longestKeepMs = 60_000

/** One above the trust level of level 1. */
const fullTrust = 10

/** A decision, the name of the check that made it, and what was found out on the way. */
export interface Explained {
  readonly decision: Decision
  readonly check: string
  readonly details: Findings
  /** Absent where a check failed. */
  readonly question?: Question
}

/**
 * Decides without any side effect: nothing is recorded, counted or asked.
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

function explain(question: Question, check: string, allow: boolean): Explained {
  const answer = allow ? { disclose: true, ...trust(question) } : denial(question)
  return {
    decision: { allow, ...answer, ...keeping(question, check) },
    check,
    details: findingsOf(question),
    question,
  }
}

/** Who could do something about it is told what; everybody else gets the same flat no. */
function denial({ cure, asked, evidence, facts }: Question): Pick<Decision, 'reason' | 'details'> {
  switch (cure?.error) {
    case undefined:
      return { reason: 'wamp.error.not_authorized' }
    case 'insufficient_user_authentication': {
      const { acr, maxAgeMs, ecosystem } = cure
      return {
        reason: 'wamp.error.authorization_required',
        details: {
          error: cure.error,
          uri: asked.uri,
          acr_values: facts.assurances.namesOf(evidence, ecosystem, acr).join(' '),
          ...(maxAgeMs !== undefined && { max_age: Math.floor(maxAgeMs / 1_000) }),
        },
      }
    }
    case 'presence_required':
    case 'request_submitted':
      return {
        reason: 'wamp.error.authorization_required',
        details: { error: cure.error, uri: asked.uri },
      }
  }
}

/**
 * The house's level as WAMP's trust level, which is the other way round: there 0 is least. What is settled by name
 * has no level.
 */
function trust({ chosen }: Question): Pick<Decision, 'trustlevel'> {
  return chosen === undefined ? {} : { trustlevel: Math.max(0, fullTrust - chosen.level) }
}

/** What makes the answer fall: time, and the facts that were looked at. */
function keeping(question: Question, check: string): Pick<Decision, 'until' | 'epochs'> {
  const { expiresAt = Infinity } = question.asked.principal
  // Whoever brings a newer proof is not to be told of the old one.
  if (check === session.name) return {}
  const { chosen, epochs } = question
  const isSpent = chosen?.stepUp !== undefined || question.once
  if (isSpent || question.cure?.error === 'request_submitted') return { epochs }
  return { until: Math.min(expiresAt, question.until, question.now + longestKeepMs), epochs }
}
