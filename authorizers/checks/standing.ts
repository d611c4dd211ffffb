import type { Check } from '../check.ts'

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
      if (people.get(namesake)?.status !== 'active') return 'deny'
    }
    const { kind, authid } = question.asked.principal
    if (kind === 'person') {
      question.relyOn(people.epochOf(authid))
      if (people.get(authid)?.status !== 'active') return 'deny'
      const { identity } = question.evidence
      if (identity === undefined) return 'next'
      const { identities } = question.facts
      question.relyOn(identities.epochOf(identity.issuer, identity.subject))
      return identities.isDisabled(identity.issuer, identity.subject) ? 'deny' : 'next'
    }
    if (kind === 'device') {
      question.relyOn(devices.epochOf(authid))
      const device = devices.get(authid)
      return device?.status === 'active' && device.realm === question.asked.realm ? 'next' : 'deny'
    }
    return ownKinds.has(kind) ? 'next' : 'deny'
  },
}
