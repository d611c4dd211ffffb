import type { Requirement } from '../../ecosystems/devices.ts'
import type { CapabilityAction, DeviceRow } from '../../ecosystems/store/store.ts'
import type { Check } from '../check.ts'
import { covers, meets, namedPattern } from '../pattern.ts'
import type { Question } from '../question.ts'

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
    question.requirements =
      question.asked.match === 'exact'
        ? facts.devices.requirements(owner, action, uri)
        : ofPattern(question, owner, action)
    return question.requirements.length > 0 ? 'next' : 'deny'
  },
}

/**
 * What a pattern needs: its own level, and that of everything it reaches that has a level by itself. Else whoever may
 * listen to most of a device would hear its alarm, too. A wider pattern's level does not count for a narrower one.
 */
function ofPattern(
  { asked, facts: { devices } }: Question,
  owner: DeviceRow,
  action: CapabilityAction,
): readonly Requirement[] {
  const strictest = new Map<string, number>()
  for (const { ecosystem, level } of devices.requirements(owner, action, asked.uri))
    strictest.set(ecosystem, level)
  for (const uri of strictest.size === 0 ? [] : devices.named(owner, action)) {
    const named = namedPattern(uri)
    if (!meets(named, asked) || covers(named, asked)) continue
    for (const { ecosystem, level } of devices.requirements(owner, action, uri)) {
      const own = strictest.get(ecosystem)
      if (own !== undefined && level < own) strictest.set(ecosystem, level)
    }
  }
  return Array.from(strictest, ([ecosystem, level]) => ({ ecosystem, level }))
}
