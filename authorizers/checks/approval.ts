import type { Cure } from '../candidate.ts'
import type { Check } from '../check.ts'
import type { Question } from '../question.ts'

/**
 * Where it is asked for, the owner must have agreed to this: whoever holds level 1 has, and so has whoever got a grant
 * for it by asking.
 */
export const approval: Check = {
  name: 'approval',
  check(question) {
    if (question.settled) return 'next'
    question.narrow((candidate) => {
      const { requirement, holding, level } = candidate
      if (requirement.conditions.approval === undefined) return candidate
      const { source } = holding.grant
      if (level <= 1 || source === 'approval' || source === 'emergency') return candidate
      return { error: 'request_submitted', requirement }
    })
    if (question.candidates.length > 0) return 'next'
    // Nobody is asked for all that a pattern may come to mean.
    if (question.asked.match !== 'exact') question.cure = undefined
    return 'deny'
  },
}

/**
 * The owner may be asked also by whoever has no grant for this, but some other one there: strangers are told nothing.
 * Only where his word would help: what is forbidden stays so, and no word goes beyond what the party's proof is good for.
 */
export function cureByAsking(question: Question): Cure | undefined {
  const { asked, subject, use, requirements, facts, evidence, now } = question
  if (subject === undefined || use === undefined || asked.match !== 'exact') return undefined
  const ofDevice = subject.kind === 'device' ? facts.devices.capOf(subject.id) : 1
  for (const requirement of requirements) {
    const { ecosystem, level, conditions } = requirement
    if (conditions.approval === undefined) continue
    // What else the party holds may begin or end at any time.
    question.once = true
    const held = question.held.get(ecosystem)?.active ?? []
    if (held.some(({ grant }) => grant.effect === 'deny')) continue
    if (Math.max(facts.assurances.capOf(evidence, ecosystem), ofDevice) > level) continue
    if (facts.policies.effectAt(ecosystem, level, use, asked) === 'deny') continue
    if (!facts.holdings.holdsIn(subject, ecosystem, now)) continue
    return { error: 'request_submitted', requirement }
  }
  return undefined
}
