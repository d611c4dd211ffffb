import type { Requirement } from '../../ecosystems/devices.ts'
import type { Held } from '../../ecosystems/holdings.ts'
import type { Candidate } from '../candidate.ts'
import type { Check } from '../check.ts'
import type { Question } from '../question.ts'
import { cureByAsking } from './approval.ts'

/**
 * An explicit no goes before an explicit yes, and both before the levels: allowed if the party's level in one of the
 * device's ecosystems, after all caps, is no larger than the one required there.
 */
export const level: Check = {
  name: 'level',
  check(question) {
    if (question.settled) return 'next'
    question.candidates =
      question.namesake === undefined
        ? question.requirements.flatMap((required) => candidatesFor(question, required))
        : ofNames(question)
    if (question.candidates.length > 0) return 'next'
    question.cure = cureByAsking(question)
    return 'deny'
  },
}

function candidatesFor(question: Question, requirement: Requirement): Candidate[] {
  const { evidence, facts, subject, use } = question
  const { ecosystem } = requirement
  const held = question.held.get(ecosystem)
  if (held === undefined || subject === undefined || use === undefined || isDenied(held)) return []
  question.relyOn(facts.assurances.epoch)
  question.relyOn(facts.policies.epochOf(ecosystem))
  const cap = Math.max(
    facts.assurances.capOf(evidence, ecosystem),
    subject.kind === 'device' ? facts.devices.capOf(subject.id) : 1,
  )
  const candidates = held.active
    .filter(({ grant }) => grant.effect !== 'deny')
    .map((holding): Candidate => ({ requirement, holding, level: Math.max(holding.level, cap) }))
    .filter((candidate) => Number.isFinite(candidate.level))
  const best = Math.min(...candidates.map((each) => each.level))
  const policy = facts.policies.effectAt(ecosystem, best, use, question.asked)
  if (policy === 'deny') return []
  return candidates.filter(
    ({ holding, level: own }) =>
      policy === 'allow' ||
      // What is allowed whatever the level is so within what the party's own proof is good for.
      (holding.grant.effect === 'allow' ? cap : own) <= requirement.level,
  )
}

/** Of names of a person's own there are no levels: what was given is given. */
function ofNames(question: Question): Candidate[] {
  const held = question.held.get(null)
  if (held === undefined || isDenied(held)) return []
  return held.active.map((holding) => ({
    requirement: { ecosystem: '', level: 99, conditions: {} },
    holding,
    level: holding.level,
  }))
}

function isDenied({ active }: Held): boolean {
  return active.some(({ grant }) => grant.effect === 'deny')
}
