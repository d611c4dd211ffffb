import { behalfKey } from '../../realms/uris.ts'
import type { Check, Finding } from '../check.ts'
import type { Question } from '../question.ts'

const childPrefix = 'device:'

/**
 * Whom a message is said to be for (`_on_behalf_of`): only a device can name anybody, and only a child that is behind
 * it, in whose place it stands then, or a person who has it act in his name. A person's name adds to what the device
 * may do nothing but what is named after the person.
 */
export const behalf: Check = {
  name: 'behalf',
  check(question) {
    const { named, asked, facts } = question
    if (named === undefined) return 'next'
    const { action, principal } = asked
    if (principal.kind !== 'device' || question.settled) return 'deny'
    if (typeof named !== 'string' || (action !== 'call' && action !== 'publish')) return 'deny'
    const child = named.startsWith(childPrefix) ? named.slice(childPrefix.length) : named
    const isChild = facts.devices.get(child)?.gateway === principal.authid
    return isChild ? ofChild(question, child) : ofPerson(question, named)
  },
}

function ofChild(question: Question, id: string): Finding {
  const { asked, facts } = question
  question.relyOn(facts.devices.epochOf(id))
  const child = facts.devices.get(id)
  if (child?.status !== 'active' || child.realm !== asked.realm) return 'deny'
  question.speaker = id
  question.attested = { [behalfKey]: `${childPrefix}${id}` }
  return 'next'
}

function ofPerson(question: Question, id: string): Finding {
  const { asked, facts, now } = question
  const { authid } = asked.principal
  question.relyOn(facts.deviceActs.epochOf(authid))
  question.relyOn(facts.people.epochOf(id))
  if (facts.people.get(id)?.status !== 'active') return 'deny'
  // Where devices are to see pseudonyms, nobody's name goes round by a device either.
  const keepsNames = (ecosystem: string): boolean =>
    facts.directory.get(ecosystem)?.pseudonyms === true
  if (question.owner?.ecosystems.some(keepsNames) === true) return 'deny'
  const act = facts.deviceActs.reaching(authid, id, asked.uri, now)
  if (act === undefined) return 'deny'
  question.endAt(act.expiresAt)
  question.attested = { [behalfKey]: id }
  if (question.namesake === id) {
    question.namesake = undefined
    question.settled = true
  }
  return 'next'
}
