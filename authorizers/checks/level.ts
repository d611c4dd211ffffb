import type { Check } from '../check.ts'

/** In one of the device's ecosystems a grant must reach the level that is required there: 1 is the highest. */
export const level: Check = {
  name: 'level',
  check(question) {
    if (question.settled) return 'next'
    const { subject, requirements, facts } = question
    if (subject === undefined) return 'deny'
    question.relyOn(facts.grants.epochOf(subject))
    for (const required of requirements) {
      const grant = facts.grants.grantOf(subject, required.ecosystem)
      if (grant === undefined || grant.level > required.level) continue
      if (question.grant !== undefined && question.grant.level <= grant.level) continue
      question.grant = grant
      question.required = required.level
    }
    return question.grant === undefined ? 'deny' : 'next'
  },
}
