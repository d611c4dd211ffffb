import type { Check } from '../check.ts'
import { cureByAsking } from './approval.ts'

/** Somebody must have given the party something here that is in force now: without a grant nobody has anything. */
export const grant: Check = {
  name: 'grant',
  check(question) {
    if (question.settled) return 'next'
    const { subject, use, facts, now, requirements, namesake } = question
    if (subject === undefined || use === undefined) return 'deny'
    const { uri, match, underWay } = question.asked
    const seek = (ecosystem: string | null, device?: string): boolean => {
      const sought = { subject, ecosystem, uri, match, action: use }
      const held = facts.holdings.held(
        device === undefined ? sought : { ...sought, device },
        now,
        question.relyOn,
        underWay?.holding.grant.id,
      )
      question.held.set(ecosystem, held)
      question.endAt(held.until)
      return held.active.length > 0
    }
    if (namesake !== undefined) return seek(null) ? 'next' : 'deny'
    const device = question.owner?.id
    const found = requirements.map(({ ecosystem }) => seek(ecosystem, device))
    if (found.includes(true)) return 'next'
    question.cure = cureByAsking(question)
    return 'deny'
  },
}
