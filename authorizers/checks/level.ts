import type { Requirement } from '../../ecosystems/devices.ts'
import type { Held } from '../../ecosystems/holdings.ts'
import type { GrantRow } from '../../ecosystems/store/store.ts'
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
  if (held === undefined || subject === undefined || use === undefined) return []
  const denying = denyingGrant(held)
  if (denying !== undefined) {
    question.forbidden = denying.id
    return []
  }
  // Who did not come by a provider has no limit of one.
  if (evidence.identity !== undefined || evidence.local !== undefined)
    question.relyOn(facts.assurances.epoch)
  question.relyOn(facts.policies.epochOf(ecosystem))
  // Whether names are kept from devices here.
  question.relyOn(facts.directory.epochOf(ecosystem))
  const cap = Math.max(
    facts.assurances.capOf(evidence, ecosystem),
    subject.kind === 'device' ? facts.devices.capOf(subject.id) : 1,
  )
  question.caps.set(ecosystem, cap)
  const candidates = held.active
    .map((holding): Candidate => ({ requirement, holding, level: Math.max(holding.level, cap) }))
    .filter((candidate) => Number.isFinite(candidate.level))
  const best = Math.min(...candidates.map((each) => each.level))
  const policy = facts.policies.effectAt(ecosystem, best, use, question.asked)
  if (policy === 'deny') {
    question.forbidden = 'policy'
    return []
  }
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
  if (held === undefined) return []
  const denying = denyingGrant(held)
  if (denying !== undefined) {
    question.forbidden = denying.id
    return []
  }
  return held.active.map((holding) => ({
    requirement: { ecosystem: '', level: 99, conditions: {} },
    holding,
    level: holding.level,
  }))
}

function denyingGrant({ active }: Held): GrantRow | undefined {
  return active.find(({ grant }) => grant.effect === 'deny')?.grant
}
