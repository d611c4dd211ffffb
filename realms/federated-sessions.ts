import { evidenceOf, type Evidence } from '../ecosystems/evidence.ts'
import type { People } from '../ecosystems/people.ts'
import type { Router } from '../router/router.ts'
import type { Session } from '../router/session.ts'
import type { Turns } from '../router/turns.ts'
import { endSessions } from './ended-sessions.ts'

/** Whose sessions: of an identity, of a session at its provider, or both. */
export interface FederatedSessions {
  readonly issuer: string
  readonly subject?: string
  readonly sid?: string
  /** Where the identity does not lead to this person any more. */
  readonly person?: string
  /** Only those that rest on a token issued at or before this, in milliseconds since the epoch. */
  readonly since?: number
}

/**
 * Ends the sessions, in every realm, that came by an identity: none of them is heard from this moment on. Those that
 * the same person has by another identity go on. Returns how many they are.
 */
export function endFederatedSessions(
  router: Router,
  people: Pick<People, 'byIdentity'>,
  whose: FederatedSessions,
  turns: Turns,
): number {
  const sessions = candidates(router, people, whose).filter(({ principal }) =>
    fits(evidenceOf(principal).identity, whose),
  )
  endSessions(sessions, turns)
  return sessions.length
}

/** Only a session at the provider is looked for among all: it names nobody. */
function candidates(
  router: Router,
  people: Pick<People, 'byIdentity'>,
  { issuer, subject, person: former }: FederatedSessions,
): Session[] {
  const realms = [...router.realms.values()]
  if (subject === undefined) return realms.flatMap(({ sessions }) => [...sessions.values()])
  const person = former ?? people.byIdentity(issuer, subject)?.id
  if (person === undefined) return []
  return realms.flatMap((realm) => [...realm.sessionsOf('person', person)])
}

function fits(identity: Evidence['identity'], whose: FederatedSessions): boolean {
  if (identity === undefined || identity.issuer !== whose.issuer) return false
  if (whose.subject !== undefined && identity.subject !== whose.subject) return false
  if (whose.sid !== undefined && identity.sid !== whose.sid) return false
  // Where nothing says when its token was issued, it may have been before.
  return whose.since === undefined || (identity.issuedAt ?? -Infinity) <= whose.since
}
