import { topicUris } from '../../realms/uris.ts'
import type { Check } from '../check.ts'
import type { Question } from '../question.ts'
import { isNamedUnder } from '../reserved-names.ts'

/** What the domain does not know of, but the router made itself. */
const ownKinds: ReadonlySet<string> = new Set(['operator', 'service', 'provisioning'])

/**
 * The party must be known and in good standing now, whatever it was when it joined; and so must the device whose
 * name it is about: nobody reaches what is quarantined.
 */
export const standing: Check = {
  name: 'standing',
  check(question) {
    if (question.owner !== undefined && question.owner.status !== 'active') return 'deny'
    const { people, devices } = question.facts
    const { namesake } = question
    if (namesake !== undefined) {
      question.relyOn(people.epochOf(namesake))
      if (people.barred(namesake) !== undefined) return 'deny'
    }
    const { kind, authid } = question.asked.principal
    if (kind === 'person') {
      question.relyOn(people.epochOf(authid))
      const { evidence, facts } = question
      if (evidence.identity !== undefined) {
        const { issuer, subject } = evidence.identity
        question.relyOn(facts.identities.epochOf(issuer, subject))
        question.relyOn(facts.assurances.epoch)
      }
      return people.barred(authid, evidence) === undefined ? 'next' : 'deny'
    }
    if (kind === 'device') {
      question.relyOn(devices.epochOf(authid))
      const device = devices.get(authid)
      if (device?.realm !== question.asked.realm) return 'deny'
      if (device.status === 'new') return isAboutItself(question) ? 'next' : 'deny'
      return device.status === 'active' ? 'next' : 'deny'
    }
    return ownKinds.has(kind) ? 'next' : 'deny'
  },
}

/** What a device may do that nobody has claimed: ask the house about itself, and hear that somebody has. */
function isAboutItself({ asked: { action, uri }, settled }: Question): boolean {
  if (action === 'subscribe') return settled && uri === topicUris.deviceClaimed
  return settled && action === 'call' && isNamedUnder(uri, 'latchkey.device')
}
