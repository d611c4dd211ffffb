import { detailsOf } from '../accounting.ts'
import type { Dealer } from '../dealer.ts'
import type { Limits } from '../limits.ts'
import type { Peer } from '../peer.ts'
import type { Session } from '../session.ts'
import { describeTransport } from '../transport-description.ts'
import { WampError } from '../wire/errors.ts'
import type { Dict } from '../wire/message.ts'
import type { PayloadValues } from '../wire/payload.ts'
import { checkUri } from '../wire/uri.ts'
import { Arguments } from './arguments.ts'
import type { MetaEvents } from './meta-events.ts'

/** What the session meta API needs of its realm. */
export interface SessionMetaContext {
  readonly sessions: ReadonlyMap<number, Session>
  readonly events: MetaEvents
  readonly limits: Pick<Limits, 'goodbyeMs'>
}

/** Why sessions are killed: reason and message of their GOODBYE. */
interface Farewell {
  readonly reason: string
  readonly message: string | undefined
}

/**
 * The session meta API (rfc/text/advanced/meta_api_sessions.md): who is in the realm, who comes and goes, and an end
 * for those who are not wanted. The right to each procedure and event is decided by its URI as any other.
 */
export class SessionMeta {
  readonly #context: SessionMetaContext

  constructor(context: SessionMetaContext) {
    this.#context = context
  }

  /** To be called once. */
  serve(dealer: Dealer): void {
    dealer.serve('wamp.session.count', (_caller, values) => ({
      args: [this.#ofRoles(values).length],
    }))
    dealer.serve('wamp.session.list', (_caller, values) => ({
      args: [this.#ofRoles(values).map(({ id }) => id)],
    }))
    dealer.serve('wamp.session.get', (_caller, values) => ({
      args: [sessionDetails(this.#find(values))],
    }))
    dealer.serve('wamp.session.kill', (caller, values) => {
      const session = this.#find(values, caller)
      this.#kill([session], farewellOf(values))
    })
    dealer.serve('wamp.session.kill_by_authid', (caller, values) => {
      const authid = new Arguments(values).string(0, 'authid')
      const matching = this.#others(caller, ({ principal }) => principal.authid === authid)
      return { args: [this.#kill(matching, farewellOf(values))] }
    })
    dealer.serve('wamp.session.kill_by_authrole', (caller, values) => {
      const authrole = new Arguments(values).string(0, 'authrole')
      const matching = this.#others(caller, ({ principal }) => principal.authrole === authrole)
      return { args: [this.#kill(matching, farewellOf(values)).length] }
    })
    dealer.serve('wamp.session.kill_all', (caller, values) => {
      const farewell = farewellOf(values)
      const others = this.#others(caller, () => true)
      for (const { ledger } of others) ledger.testaments = undefined
      this.#context.events.silently(() => this.#kill(others, farewell))
      return { args: [others.length] }
    })
  }

  joined(session: Session): void {
    this.#context.events.announce('wamp.session.on_join', () => [sessionDetails(session)])
  }

  left({ id, principal }: Session): void {
    const { authid, authrole } = principal
    this.#context.events.announce('wamp.session.on_leave', () => [id, authid, authrole])
  }

  #ofRoles(values: PayloadValues): Session[] {
    const roles = new Arguments(values).optionalStrings(0, 'filter_authroles')
    const all = [...this.#context.sessions.values()]
    if (roles === undefined) return all
    const wanted = new Set(roles)
    return all.filter(({ principal }) => wanted.has(principal.authrole))
  }

  /** `except` is as unknown as a session that there is not. */
  #find(values: PayloadValues, except?: Peer): Session {
    const id = new Arguments(values).id(0, 'session')
    const session = this.#context.sessions.get(id)
    if (session !== undefined && session !== except) return session
    throw new WampError('wamp.error.no_such_session', `there is no session ${id}`)
  }

  #others(caller: Peer, matches: (session: Session) => boolean): Session[] {
    const all = [...this.#context.sessions.values()]
    return all.filter((session) => session !== caller && matches(session))
  }

  #kill(sessions: readonly Session[], { reason, message }: Farewell): number[] {
    // One that ends may take others along: those are not killed again, but they are ended all the same.
    for (const session of sessions) session.kill(reason, message, this.#context.limits.goodbyeMs)
    return sessions.map(({ id }) => id)
  }
}

function sessionDetails(session: Session): Dict {
  const transport = describeTransport(session.transport)
  return {
    ...detailsOf(session),
    // Of a session that waits for its client: what it was joined over last.
    transport: session.detached ? { ...transport, detached: true } : transport,
  }
}

function farewellOf(values: PayloadValues): Farewell {
  const given = new Arguments(values)
  const reason = given.keyword('reason') ?? 'wamp.close.killed'
  const fault = typeof reason === 'string' ? checkUri(reason) : 'the reason must be a URI'
  if (typeof reason !== 'string' || fault !== undefined) {
    throw new WampError('wamp.error.invalid_uri', fault ?? '')
  }
  return { reason, message: given.keywordString('message') }
}
