import { decide } from '../authorizers/decide.ts'
import type { Findings } from '../authorizers/findings.ts'
import type { Clock } from '../clock.ts'
import type { Ecosystems } from '../ecosystems/ecosystems.ts'
import type { Action, Principal } from '../router/access.ts'
import type { Explanation } from './procedure.ts'

/** What each check that can deny says, for the owner. */
const reasons: Readonly<Record<string, string>> = {
  frame: 'the URI is not well-formed',
  session: 'the proof of identity has expired',
  reserved: 'the name is reserved',
  standing: 'the person is disabled or unknown, or the device is quarantined or unknown',
  behalf: 'it is said to be on behalf of somebody who has not delegated it',
  ownership: 'only the device that owns the prefix may do that',
  capability: 'no device offers that, or nobody has given it a level',
  permission: 'the token does not permit this',
  grant: 'nobody has given a grant that is in force here now',
  level: 'the level does not reach the one that is required, or this is forbidden to it',
  assurance: 'it asks for a stronger or a more recent proof of who asks',
  presence: 'whoever asks must be at the device',
  approval: 'the owner has not agreed to it',
}

/** Decides as for a session of that person or device would be decided now; nothing is recorded. */
export function explain(
  context: { readonly ecosystems: Ecosystems; readonly clock: Clock },
  subject: { readonly kind: 'person' | 'device'; readonly id: string },
  realm: string,
  action: Action,
  uri: string,
): Explanation {
  const { decision, check, details } = decide(context, {
    action,
    uri,
    match: 'exact',
    realm,
    principal: principalOf(subject),
  })
  const { ecosystem, level, required, grant } = details
  return {
    allow: decision.allow,
    check,
    reason: decision.allow ? allowedBy(details) : (reasons[check] ?? 'the decision failed'),
    ...(ecosystem !== undefined && { ecosystem }),
    ...(level !== undefined && { level }),
    ...(required !== undefined && { required }),
    ...(grant !== undefined && { grant }),
  }
}

function principalOf({ kind, id }: { kind: 'person' | 'device'; id: string }): Principal {
  return { kind, authid: id, authrole: kind, authmethod: 'none', authprovider: 'none' }
}

function allowedBy({ level, required, ecosystem }: Findings): string {
  return level === undefined
    ? 'the name itself settles it'
    : `level ${level} in ${ecosystem} reaches the required ${required}`
}
