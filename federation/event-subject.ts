import { isObject } from '../ecosystems/issuer-fetch.ts'
import { isSubject } from '../ecosystems/issuer-claims.ts'

/** Whom an event is about: one of the two, or both. */
export interface EventSubject {
  readonly subject?: string
  /** A session at the issuer. */
  readonly sid?: string
}

/** Why it cannot be said whom an event is about. */
export class NoSubject extends Error {
  override readonly name = 'NoSubject'
}

/** How many there may be to choose from. */
const maxAliases = 16

/**
 * Whom an event is about: its own `subject` (as in RISC and CAEP), else `sub_id` of the token (RFC 9493 §4.1), else
 * `sub`. Formats `iss_sub`, `opaque` (within the issuer), `complex` and `aliases`; in older drafts `subject_type`, with
 * hyphens. An e-mail address or a telephone number names nobody here.
 * @throws NoSubject
 */
export function eventSubjectOf(
  issuer: string,
  payload: Readonly<Record<string, unknown>>,
  event: Readonly<Record<string, unknown>>,
): EventSubject {
  const given = event['subject'] ?? payload['sub_id']
  if (given === undefined) {
    const { sub } = payload
    if (!isSubject(sub)) throw new NoSubject('there is no subject')
    return { subject: sub }
  }
  if (!isObject(given)) throw new NoSubject('the subject is no object')
  return subjectIn(issuer, given)
}

function subjectIn(issuer: string, given: Readonly<Record<string, unknown>>): EventSubject {
  switch (formatOf(given)) {
    case 'aliases':
      return aliasIn(issuer, given['identifiers'])
    case 'complex':
    case '':
      return complexIn(issuer, given)
    default:
      return { subject: simple(issuer, given) }
  }
}

/** The first that we can use: they are all names of the same one. */
function aliasIn(issuer: string, identifiers: unknown): EventSubject {
  if (!Array.isArray(identifiers) || identifiers.length > maxAliases)
    throw new NoSubject('the aliases are no list that can be used')
  let refusal = new NoSubject('there are no aliases')
  for (const each of identifiers) {
    if (!isObject(each)) continue
    try {
      return { subject: simple(issuer, each) }
    } catch (error) {
      if (!(error instanceof NoSubject)) throw error
      refusal = error
    }
  }
  throw refusal
}

/** A user, a session of his, or both. What else it names (a device, a tenant) narrows what we could not narrow. */
function complexIn(issuer: string, given: Readonly<Record<string, unknown>>): EventSubject {
  const { user, session } = given
  const subject = isObject(user) ? simple(issuer, user) : undefined
  const sid = isObject(session) && formatOf(session) === 'opaque' ? session['id'] : undefined
  if (session !== undefined && !isSubject(sid))
    throw new NoSubject('the session is not of a format that is known here')
  if (subject === undefined && sid === undefined)
    throw new NoSubject('the subject is neither a user nor a session')
  return { ...(subject !== undefined && { subject }), ...(isSubject(sid) && { sid }) }
}

function simple(issuer: string, given: Readonly<Record<string, unknown>>): string {
  const format = formatOf(given)
  if (format === 'iss_sub' || format === 'id_token_claims') {
    // An issuer speaks for its own people and for nobody else's.
    const { iss, sub } = given
    if (typeof iss !== 'string' || iss.replace(/\/$/, '') !== issuer.replace(/\/$/, ''))
      throw new NoSubject('the subject is of another issuer')
    if (isSubject(sub)) return sub
  }
  if (format === 'opaque' && isSubject(given['id'])) return given['id']
  throw new NoSubject('the subject is not of a format that is known here')
}

function formatOf(given: Readonly<Record<string, unknown>>): string {
  const format = given['format'] ?? given['subject_type'] ?? ''
  return typeof format === 'string' ? format.replaceAll('-', '_') : 'unknown'
}
