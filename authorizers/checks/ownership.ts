import { meets, namedPattern } from '../../ecosystems/pattern.ts'
import type { DeviceRow } from '../../ecosystems/store/store.ts'
import type { Check } from '../check.ts'
import type { Question } from '../question.ts'

/**
 * What lies under a device's prefix is the device's to register, publish and subscribe to, and that of its children.
 * Nobody else registers anything: who could answer in a lock's name would learn and decide who comes in.
 */
export const ownership: Check = {
  name: 'ownership',
  check(question) {
    if (question.settled || question.namesake !== undefined) return 'next'
    const { action } = question.asked
    const { owner } = question
    const owns = owner !== undefined && isOwn(question, owner) && question.isWithin(owner.prefix)
    if (action === 'register') {
      question.settled = owns && isGoodFor(question, owner)
      return question.settled ? 'next' : 'deny'
    }
    if (owns && action !== 'call') {
      if (action === 'publish' && !isGoodFor(question, owner)) return 'deny'
      question.settled = true
    }
    return 'next'
  },
}

/** In the place of a child, only what is that child's. */
function isOwn({ asked: { principal }, speaker }: Question, owner: DeviceRow): boolean {
  if (principal.kind !== 'device') return false
  if (speaker !== undefined) return owner.id === speaker
  return owner.id === principal.authid || owner.gateway === principal.authid
}

/** Who has proven himself by something weak offers and tells nothing that only owners may use. */
function isGoodFor(question: Question, owner: DeviceRow): boolean {
  const { evidence, asked, facts } = question
  if (evidence.maxLevel === undefined || evidence.maxLevel <= 1) return true
  const { devices } = facts
  const use = asked.action === 'register' ? 'call' : 'subscribe'
  const isOwners = (uri: string): boolean =>
    devices.requirements(owner, use, uri).some(({ level }) => level === 1)
  if (asked.match === 'exact' && isOwners(asked.uri)) return false
  for (const uri of devices.named(owner, use))
    if (isOwners(uri) && meets(namedPattern(uri), asked)) return false
  return true
}
