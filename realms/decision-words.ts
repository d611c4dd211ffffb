import type { Findings } from '../authorizers/findings.ts'

/** What each check that can deny says, for the owner. */
const reasons: Readonly<Record<string, string>> = {
  frame: 'the URI is not well-formed',
  session: 'the proof of identity has expired',
  reserved: 'the name is reserved',
  standing: 'the person is disabled or unknown, or the device is quarantined or unknown',
  behalf: 'it is said to be on behalf of somebody who has not delegated it',
  ownership: 'only the device that owns the prefix may do that',
  rules: 'a rule of an integrator is about it, and nobody is there to ask its component',
  capability: 'no device offers that, or nobody has given it a level',
  permission: 'the token does not permit this',
  grant: 'nobody has given a grant that is in force here now',
  level: 'the level does not reach the one that is required, or this is forbidden to it',
  assurance: 'it asks for a stronger or a more recent proof of who asks',
  presence: 'whoever asks must be at the device',
  approval: 'the owner has not agreed to it',
}

/** Of a denial, in few words. An integrator's component gives no reason, so it is named; so is what kept it from answering. */
export function reasonOf(check: string, { error }: Pick<Findings, 'error'>): string {
  if (check.startsWith('authorizer:'))
    return error === undefined ? check : `${check} (no answer: ${error})`
  return reasons[check] ?? 'the decision failed'
}
