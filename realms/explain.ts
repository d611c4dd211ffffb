import { decide } from '../authorizers/decide.ts'
import type { Findings } from '../authorizers/findings.ts'
import { isReplaced } from '../authorizers/checks/rules.ts'
import { narrowed, ruleName, type Components } from '../authorizers/narrowed.ts'
import type { Question } from '../authorizers/question.ts'
import type { Clock } from '../clock.ts'
import type { Ecosystems } from '../ecosystems/ecosystems.ts'
import type { AccessRequest, Action, Principal } from '../router/access.ts'
import { emptyDict } from '../router/wire/message.ts'
import { Payload } from '../router/wire/payload.ts'
import { reasonOf } from './decision-words.ts'
import type { Explanation } from './procedure.ts'

/**
 * Decides as for a session of that person or device would be decided now; nothing is recorded. Components that rules
 * name are asked, about the session 0.
 */
export async function explain(
  context: {
    readonly ecosystems: Ecosystems
    readonly clock: Clock
    readonly components?: Components
  },
  subject: { readonly kind: 'person' | 'device'; readonly id: string },
  realm: string,
  action: Action,
  uri: string,
): Promise<Explanation> {
  const { components } = context
  const request: AccessRequest = {
    action,
    uri,
    match: 'exact',
    realm,
    principal: principalOf(subject),
    session: 0,
    peer: { transport: 'local', address: '', operator: false },
    options: emptyDict,
    payload: Payload.empty,
  }
  // A proof that a session has brought is not there.
  const { session: _none, ...question } = request
  const found = decide(context, { ...question, componentsAsked: components !== undefined })
  const isAsked = found.decision.allow && (found.question?.rules.length ?? 0) > 0
  const { decision, check, details } =
    isAsked && found.question !== undefined && components !== undefined
      ? await narrowed(found, found.question, request, { components, stands: () => true })
      : found
  const { ecosystem, level, required, grant } = details
  return {
    allow: decision.allow,
    check,
    reason: decision.allow ? allowedBy(details, found.question) : reasonOf(check, details),
    ...(ecosystem !== undefined && { ecosystem }),
    ...(level !== undefined && { level }),
    ...(required !== undefined && { required }),
    ...(grant !== undefined && { grant }),
  }
}

function principalOf({ kind, id }: { kind: 'person' | 'device'; id: string }): Principal {
  return { kind, authid: id, authrole: kind, authmethod: 'none', authprovider: 'none' }
}

function allowedBy({ level, required, ecosystem }: Findings, question?: Question): string {
  const rules = question?.rules.map(ruleName) ?? []
  if (question !== undefined && isReplaced(question)) return `${rules.join(', ')} allows it`
  const agreed = rules.length === 0 ? '' : `, and ${rules.join(', ')} agrees`
  const own =
    level === undefined
      ? 'the name itself settles it'
      : `level ${level} in ${ecosystem} reaches the required ${required}`
  return `${own}${agreed}`
}
