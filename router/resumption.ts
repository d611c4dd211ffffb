import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Clock } from '../clock.ts'
import type { PeerFacts } from './access.ts'
import type { Limits } from './limits.ts'
import type { EngineLog } from './log.ts'
import type { Realm } from './realm.ts'
import type { Session } from './session.ts'

/** What resumption needs of the router. */
export interface ResumptionContext {
  readonly clock: Clock
  readonly limits: Pick<Limits, 'resumeMs' | 'detachedSessions' | 'detachedPerPrincipal'>
  readonly log: EngineLog
}

interface Entry {
  readonly session: Session
  /** Of the token that is good now. */
  readonly digest: Buffer
  endDetached: (() => void) | undefined
}

/** Of no token. */
const noDigest = Buffer.alloc(32)
/** Octets of a token (session state machine, "resume"). */
const tokenBytes = 16

/**
 * Sessions that outlive their transport (rfc/session-state-machine.md): each has a token by which its client takes it
 * up again on another one, and is kept for a while, within bounds, when it has lost its transport.
 */
export class Resumption {
  readonly #context: ResumptionContext
  readonly #entries = new Map<number, Entry>()
  /** Sessions without a transport, the first to have lost it first. */
  readonly #detachedByRealm = new Map<Realm, Set<Session>>()
  readonly #detachedByPrincipal = new Map<string, Set<Session>>()
  #closed = false

  constructor(context: ResumptionContext) {
    this.#context = context
  }

  /** Number of sessions that are without a transport now. */
  get detached(): number {
    let sum = 0
    for (const sessions of this.#detachedByRealm.values()) sum += sessions.size
    return sum
  }

  /**
   * The token by which the session can be resumed once, from now on the only one: Base64 of 16 random octets.
   * `undefined`: it cannot be resumed.
   */
  issue(session: Session): string | undefined {
    const known = this.#entries.get(session.id)
    // Ids are unique in a realm: another one may have the same, once in 2^53 sessions.
    if (this.#closed || (known !== undefined && known.session !== session)) return undefined
    const token = randomBytes(tokenBytes).toString('base64')
    const digest = digestOf(token)
    this.#entries.set(session.id, { session, digest, endDetached: known?.endDetached })
    return token
  }

  /**
   * The session that a token is for. `undefined`: there is none, it has ended, it is of another realm, the token is
   * not its, or the transport proves less than its last one did. Which of them is told to nobody.
   */
  redeem(id: unknown, token: unknown, realm: string, peer: PeerFacts): Session | undefined {
    const entry = typeof id === 'number' ? this.#entries.get(id) : undefined
    const digest = digestOf(typeof token === 'string' ? token : '')
    // Compared in any case, in the same time.
    if (!timingSafeEqual(digest, entry?.digest ?? noDigest) || entry === undefined) return undefined
    const { session } = entry
    if (realm !== '' && realm !== session.realm.uri) return undefined
    return provesAsMuch(peer, session.facts) ? session : undefined
  }

  /** The session has lost its transport. `false`: it cannot be kept. */
  keep(session: Session): boolean {
    const entry = this.#entries.get(session.id)
    if (this.#closed || entry?.session !== session) return false
    const { clock, limits } = this.#context
    const ofPrincipal = setOf(this.#detachedByPrincipal, principalKey(session))
    const [oldest] = ofPrincipal
    if (ofPrincipal.size >= limits.detachedPerPrincipal && oldest !== undefined) {
      const why = `the principal has ${ofPrincipal.size} sessions without a transport`
      this.#tell('a session is no longer kept for resumption', oldest, why)
      oldest.drop('timeout')
    }
    const ofRealm = setOf(this.#detachedByRealm, session.realm)
    if (ofRealm.size >= limits.detachedSessions) {
      const why = `the realm has ${ofRealm.size} sessions without a transport`
      // Each anonymous session is a principal of its own: a storm of them is not to take the places of all others.
      const stranger = isAnonymous(session) ? undefined : [...ofRealm].find(isAnonymous)
      if (stranger === undefined) {
        this.#tell('a session is not kept for resumption', session, why)
        return false
      }
      this.#tell('a session is no longer kept for resumption', stranger, why)
      stranger.drop('timeout')
    }
    // Looked for again: the set goes with its last session.
    setOf(this.#detachedByRealm, session.realm).add(session)
    setOf(this.#detachedByPrincipal, principalKey(session)).add(session)
    entry.endDetached = clock.after(limits.resumeMs, () => session.drop('timeout'))
    return true
  }

  /** The session has a transport again. */
  attached(session: Session): void {
    const entry = this.#entries.get(session.id)
    entry?.endDetached?.()
    if (entry !== undefined) entry.endDetached = undefined
    removeFrom(this.#detachedByRealm, session.realm, session)
    removeFrom(this.#detachedByPrincipal, principalKey(session), session)
  }

  /** The session has ended. */
  forget(session: Session): void {
    if (this.#entries.get(session.id)?.session !== session) return
    this.attached(session)
    this.#entries.delete(session.id)
  }

  /** Ends all sessions that are without a transport, and keeps none from now on. */
  close(): void {
    this.#closed = true
    const all = [...this.#detachedByRealm.values()].flatMap((sessions) => [...sessions])
    for (const session of all) session.drop('shutdown')
  }

  #tell(message: string, { id, realm, principal }: Session, why: string): void {
    const details = { session: id, realm: realm.uri, authid: principal.authid, why }
    this.#context.log('warn', message, details)
  }
}

/** A token alone is not to do what a management socket, TLS or a client's certificate was asked for. */
function provesAsMuch(now: PeerFacts, before: PeerFacts): boolean {
  return (
    now.operator === before.operator &&
    (now.encrypted === true || before.encrypted !== true) &&
    (before.certificate === undefined ||
      now.certificate?.fingerprint256 === before.certificate.fingerprint256)
  )
}

function isAnonymous({ principal }: Session): boolean {
  return principal.authmethod === 'anonymous'
}

function digestOf(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}

/** Never changes in the life of a session. */
function principalKey({ realm, principal }: Session): string {
  return `${realm.uri} ${principal.kind} ${principal.authid}`
}

function setOf<K>(sets: Map<K, Set<Session>>, key: K): Set<Session> {
  let sessions = sets.get(key)
  if (sessions === undefined) sets.set(key, (sessions = new Set()))
  return sessions
}

function removeFrom<K>(sets: Map<K, Set<Session>>, key: K, session: Session): void {
  const sessions = sets.get(key)
  sessions?.delete(session)
  if (sessions?.size === 0) sets.delete(key)
}
