import type { Check } from '../check.ts'

/**
 * What lies under a device's prefix is the device's to register, publish and subscribe to.
 * Nobody else registers anything: who could answer in a lock's name would learn and decide who comes in.
 */
export const ownership: Check = {
  name: 'ownership',
  check(question) {
    if (question.settled || question.namesake !== undefined) return 'next'
    const { action, principal } = question.asked
    const { owner } = question
    const owns =
      principal.kind === 'device' &&
      owner?.id === principal.authid &&
      question.isWithin(owner.prefix)
    if (action === 'register') {
      question.settled = owns
      return owns ? 'next' : 'deny'
    }
    if (owns && action !== 'call') question.settled = true
    return 'next'
  },
}
