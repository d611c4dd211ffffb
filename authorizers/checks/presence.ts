import type { Check } from '../check.ts'

/** Where it is asked for, the person must be at the device: what somebody far away has got hold of is no use there. */
export const presence: Check = {
  name: 'presence',
  check(question) {
    if (question.settled) return 'next'
    const { subject, facts, now, owner } = question
    question.narrow((candidate) => {
      if (candidate.requirement.conditions.presence !== true) return candidate
      if (question.isUnderWay(candidate)) return candidate
      if (subject?.kind !== 'person' || owner === undefined) return { error: 'presence_required' }
      question.relyOn(facts.presences.epochOf(subject.id))
      const until = facts.presences.at(subject.id, owner.id, now)
      if (until === undefined) return { error: 'presence_required' }
      question.endAt(until)
      return candidate
    })
    return question.candidates.length > 0 ? 'next' : 'deny'
  },
}
