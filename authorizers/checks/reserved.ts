import { topicUris } from '../../realms/uris.ts'
import type { Check, Finding } from '../check.ts'
import type { Question } from '../question.ts'
import { touches } from '../reserved-names.ts'

/** The one thing that a session which joined by a code is for. */
const enrolment = 'latchkey.device.enrol'

/** Who may call Latchkey's own procedures at all; each of them then demands its right. */
const callers: ReadonlySet<string> = new Set(['person', 'device', 'operator'])

/** Who may hear what the router tells of the house: it tells each only what concerns it. */
const listeners: ReadonlySet<string> = new Set(['person', 'device'])
const topics: ReadonlySet<string> = new Set(Object.values(topicUris))

/** What a party does with its own session only. Its testaments go where it may publish, and nowhere else. */
const ofOneself: ReadonlySet<string> = new Set([
  'wamp.session.add_testament',
  'wamp.session.flush_testaments',
])

/** Names that belong to the protocol, to the product and to single people have rules of their own. */
export const reserved: Check = {
  name: 'reserved',
  check(question) {
    const { asked } = question
    const { kind } = asked.principal
    if (kind === 'service') return settle(question)
    if (kind === 'provisioning')
      return asked.action === 'call' && asked.uri === enrolment ? settle(question) : 'deny'
    if (touches(asked, 'wamp')) return ofProtocol(question)
    if (touches(asked, 'latchkey')) return ofProduct(question)
    if (kind === 'operator' && asked.action !== 'register') return settle(question)
    return touches(asked, 'user') ? ofPeople(question) : 'next'
  },
}

/** Only the router itself offers and publishes these. People and devices neither see nor end others' sessions. */
function ofProtocol(question: Question): Finding {
  const { action, principal, uri } = question.asked
  if (action === 'call' && ofOneself.has(uri) && callers.has(principal.kind)) {
    return settle(question)
  }
  const reads = action === 'call' || action === 'subscribe'
  return reads && principal.kind === 'operator' ? settle(question) : 'deny'
}

/** Only the service offers and publishes these; patterns of its topics are for the owner of the machine. */
function ofProduct(question: Question): Finding {
  const { action, principal, match, uri } = question.asked
  const { kind } = principal
  const allowed =
    (action === 'call' && callers.has(kind)) ||
    (action === 'subscribe' &&
      (kind === 'operator' || (match === 'exact' && listeners.has(kind) && topics.has(uri))))
  return allowed ? settle(question) : 'deny'
}

/**
 * All below `user.<id>.` is that person's own; others call it and listen to it if the person gave them a grant, and a
 * device may do there in the person's name what it was delegated.
 */
function ofPeople(question: Question): Finding {
  const { action, principal, uri, match } = question.asked
  const [, id = '', rest = ''] = uri.split('.', 3)
  // A pattern must name whose names it is about.
  if (id === '' || (rest === '' && match !== 'prefix')) return 'deny'
  if (match === 'prefix' && !uri.startsWith(`user.${id}.`)) return 'deny'
  if (principal.kind === 'person' && principal.authid === id) return settle(question)
  const isFor = question.named === id
  if (action !== 'call' && action !== 'subscribe' && !isFor) return 'deny'
  question.namesake = id
  return 'next'
}

function settle(question: Question): Finding {
  question.settled = true
  return 'next'
}
