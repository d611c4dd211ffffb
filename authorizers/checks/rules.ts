import { isWithinScope } from '../../ecosystems/authorizer-rules.ts'
import type { Check, Finding } from '../check.ts'
import type { Question } from '../question.ts'
import { touches } from '../reserved-names.ts'

/**
 * Which of the integrator's components are to be asked, once the house has found nothing against it; one that stands
 * instead of grants settles them. Nobody offers anything but what is his own by any of them. Where nobody is to ask
 * them, what they would be asked about is denied.
 */
export const rules: Check = {
  name: 'rules',
  check(question): Finding {
    const { asked, facts } = question
    const { kind } = asked.principal
    if (kind !== 'person' && kind !== 'device') return 'next'
    if (touches(asked, 'latchkey') || touches(asked, 'wamp') || touches(asked, 'user'))
      return 'next'
    question.relyOn(facts.authorizerRules.epochOf(asked.realm))
    question.rules = facts.authorizerRules.reaching(asked.realm, asked)
    if (question.rules.length === 0) return 'next'
    if (asked.componentsAsked !== true) return 'deny'
    if (!isReplaced(question)) return 'next'
    question.settled = true
    // Whatever a component tells of who asks, names that are kept from the device stay so.
    for (const id of question.owner?.ecosystems ?? []) {
      question.relyOn(facts.directory.epochOf(id))
      if (facts.directory.get(id)?.pseudonyms === true) question.keepsNames ??= id
    }
    return 'next'
  },
}

/** Whether the rules' word counts instead of what the house would say of grants. */
export function isReplaced(question: Pick<Question, 'rules' | 'asked'>): boolean {
  const { asked } = question
  return question.rules.some((rule) => rule.mode === 'replace' && isWithinScope(rule, asked))
}
