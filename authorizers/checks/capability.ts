import type { Requirement } from '../../ecosystems/devices.ts'
import type { CapabilityAction, DeviceRow } from '../../ecosystems/store/store.ts'
import { strictest, type Terms } from '../../ecosystems/terms.ts'
import type { Check } from '../check.ts'
import { covers, meets, namedPattern } from '../../ecosystems/pattern.ts'
import type { Question } from '../question.ts'

/**
 * The URI must be something that a device in good standing offers to somebody. A pattern must be offered as such:
 * one that only happens to match what is offered would also match what is not.
 */
export const capability: Check = {
  name: 'capability',
  check(question) {
    if (question.settled || question.namesake !== undefined) return 'next'
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
  const wanted = new Map<string, Terms>()
  for (const { ecosystem, ...terms } of devices.requirements(owner, action, asked.uri))
    wanted.set(ecosystem, terms)
  for (const uri of wanted.size === 0 ? [] : devices.named(owner, action)) {
    const named = namedPattern(uri)
    if (!meets(named, asked) || covers(named, asked)) continue
    for (const { ecosystem, ...terms } of devices.requirements(owner, action, uri)) {
      const own = wanted.get(ecosystem)
      if (own !== undefined) wanted.set(ecosystem, strictest(own, terms))
    }
  }
  return Array.from(wanted, ([ecosystem, terms]) => ({ ecosystem, ...terms }))
}
