import type { Check } from '../check.ts'

/**
 * Where it is asked for, the owner must have agreed to this: whoever holds level 1 has, and so has whoever got a grant
 * for it by asking.
 */
export const approval: Check = {
  name: 'approval',
  check(question) {
    if (question.settled) return 'next'
    question.narrow((candidate) => {
      if (candidate.requirement.conditions.approval === undefined) return candidate
      const { source } = candidate.holding.grant
      if (candidate.level <= 1 || source === 'approval' || source === 'emergency') return candidate
      return { error: 'request_submitted', candidate }
    })
    return question.candidates.length > 0 ? 'next' : 'deny'
  },
}
