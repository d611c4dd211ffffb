import { reaches } from '../../ecosystems/assurance-map.ts'
import type { Candidate, Cure } from '../candidate.ts'
import type { Check } from '../check.ts'
import type { Question } from '../question.ts'

/** Where it is asked for, the party must have proven who it is strongly enough, and not too long ago. */
export const assurance: Check = {
  name: 'assurance',
  check(question) {
    if (question.settled) return 'next'
    question.narrow((candidate) => proven(question, candidate))
    return question.candidates.length > 0 ? 'next' : 'deny'
  },
}

function proven(question: Question, candidate: Candidate): Candidate | Cure {
  const { conditions, ecosystem } = candidate.requirement
  const { acr, maxAgeMs } = conditions
  if (acr === undefined && maxAgeMs === undefined) return candidate
  if (question.isUnderWay(candidate)) return candidate
  const { evidence, facts, now } = question
  const required = acr ?? 'aal1'
  const isOld = (at: number): boolean => maxAgeMs !== undefined && now > at + maxAgeMs
  const shown = facts.assurances.provenIn(evidence, ecosystem)
  if (shown !== undefined && reaches(shown.acr, required) && !isOld(shown.at)) {
    if (maxAgeMs !== undefined) question.endAt(shown.at + maxAgeMs + 1)
    return candidate
  }
  // What was proven for these very arguments counts for one message.
  question.once = true
  const { action, session, uri, argsSha256 } = question.asked
  // A proof says what is to be called, and with what: that is no yes to listening there.
  if (session !== undefined && action === 'call') {
    const digest = facts.stepUps.of(session, uri).length === 0 ? undefined : argsSha256?.()
    const stepUp = facts.stepUps
      .of(session, uri)
      .find(
        (each) =>
          each.argsSha256 === digest &&
          each.expiresAt > now &&
          reaches(each.acr, required) &&
          !isOld(each.provenAt),
      )
    if (stepUp !== undefined) return { ...candidate, stepUp }
  }
  return {
    error: 'insufficient_user_authentication',
    acr: required,
    ecosystem,
    ...(maxAgeMs !== undefined && { maxAgeMs }),
  }
}
