import type { Check } from '../check.ts'

/**
 * The URI must be something that a device in good standing offers to somebody. A pattern must be offered as such:
 * one that only happens to match what is offered would also match what is not.
 */
export const capability: Check = {
  name: 'capability',
  check(question) {
    if (question.settled) return 'next'
    const { owner, facts } = question
    const { action, uri } = question.asked
    if (owner?.status !== 'active' || action === 'register') return 'deny'
    if (!question.isWithin(owner.prefix)) return 'deny'
    // Capabilities that name a pattern end in a dot or have an empty component, as no topic does, so that
    // `lamp.on` as a prefix is not taken for the topic `lamp.on`.
    if (question.asked.match === 'prefix' && !uri.endsWith('.')) return 'deny'
    question.requirements = facts.devices.requirements(owner, action, uri)
    return question.requirements.length > 0 ? 'next' : 'deny'
  },
}
