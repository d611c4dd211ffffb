import type { Clock } from '../clock.ts'
import type { Action, Authenticator, Authorizer, Decision, Match, Principal } from './access.ts'
import type { Accounting } from './accounting.ts'
import { Broker } from './broker.ts'
import { localClaims, type Claims } from './claims.ts'
import { Dealer } from './dealer.ts'
import type { EventStore } from './event-store.ts'
import { Gate } from './gate.ts'
import type { HistoryTopic } from './history.ts'
import type { Limits } from './limits.ts'
import { LocalPeer } from './local-peer.ts'
import type { EngineLog } from './log.ts'
import { MemoryEvents } from './memory-events.ts'
import { MetaEvents } from './meta/meta-events.ts'
import { serveRegistrationMeta } from './meta/registration-meta.ts'
import { SessionMeta } from './meta/session-meta.ts'
import { serveSubscriptionMeta } from './meta/subscription-meta.ts'
import { serveTestamentMeta } from './meta/testament-meta.ts'
import type { Outbox } from './outbox.ts'
import type { Peer } from './peer.ts'
import { PrincipalIndex } from './principal-index.ts'
import { Reflection } from './reflection.ts'
import type { ReflectedDefinition } from './reflection-definition.ts'
import type { Resumption } from './resumption.ts'
import type { Session } from './session.ts'
import { publishTestaments, type Testament } from './testaments.ts'
import { tolerant, type Tolerance } from './tolerance.ts'
import { Turns } from './turns.ts'
import { violation } from './wire/errors.ts'
import { randomId } from './wire/id.ts'
import {
  CALL,
  CANCEL,
  ERROR,
  PUBLISH,
  REGISTER,
  SUBSCRIBE,
  UNREGISTER,
  UNSUBSCRIBE,
  YIELD,
  type Message,
} from './wire/message.ts'

/** What a realm is made of. */
export interface RealmDefinition {
  readonly uri: string
  readonly authenticators: readonly Authenticator[]
  readonly authorizer: Authorizer
  /** What sessions hear when the router stops: GOODBYE, or nothing, as some clients never come again after GOODBYE. */
  readonly shutdown?: 'goodbye' | 'close'
  /** URIs of lower-case letters, digits and `_` only. */
  readonly strictUris?: boolean
  readonly claims?: Claims
  /**
   * First components of names that are apart from all others: they reach only those patterns of REGISTER and SUBSCRIBE
   * that begin with them, so that "everything" can be given away. Default: none.
   */
  readonly reservedRoots?: readonly string[]
  /** Which rules that clients in wide use break are held to. Default: none of them. */
  readonly tolerate?: Partial<Tolerance>
  /** Topics and patterns whose events are kept (rfc/text/advanced/pubsub_event_history.md). Default: none. */
  readonly topics?: readonly HistoryTopic[]
  /** Where they are kept. Default: in memory. */
  readonly events?: EventStore
  /** What reflection describes besides what sessions define. Default: nothing. */
  readonly definitions?: readonly ReflectedDefinition[]
  /** Whether clients that ask for it can resume their sessions. Default: true. */
  readonly resumption?: boolean
  /** Messages of one session in a second, by `kind` of its principal. Others: `limits.messagesPerSecond`. */
  readonly messagesPerSecond?: Readonly<Record<string, number>>
  readonly hooks?: RealmHooks
}

/** What the product wants to know of a realm. Called in the same tick. What they throw is logged. */
export interface RealmHooks {
  /** WELCOME was sent. */
  joined?(session: Session): void
  /** Its client is back over another transport, and WELCOME was sent. */
  resumed?(session: Session): void
  left?(session: Session): void
}

/** What a realm needs of the router. */
export interface RealmContext {
  readonly clock: Clock
  readonly limits: Limits
  readonly log: EngineLog
  readonly outbox: Outbox
  readonly resumption: Resumption
}

/** A routing domain. Sessions of one never see those of another. */
export class Realm {
  readonly uri: string
  readonly authenticators: readonly Authenticator[]
  readonly shutdown: 'goodbye' | 'close'
  readonly tolerance: Tolerance
  readonly resumption: boolean
  readonly dealer: Dealer
  readonly broker: Broker
  readonly #sessions = new Map<number, Session>()
  readonly #byPrincipal = new PrincipalIndex()
  /** Of messages that others can make long, by patterns that fit nearly every name. */
  readonly #turns = new Turns()
  readonly #gate: Gate
  readonly #reflection: Reflection
  readonly #meta: SessionMeta
  readonly #rates: ReadonlyMap<string, number>
  readonly #hooks: RealmHooks
  readonly #context: RealmContext
  readonly #detachObservers: ((session: Session) => void)[] = []

  constructor(definition: RealmDefinition, context: RealmContext) {
    const { uri, authorizer, strictUris = false, claims = localClaims } = definition
    const { reservedRoots = [] } = definition
    this.uri = uri
    this.authenticators = definition.authenticators
    this.shutdown = definition.shutdown ?? 'goodbye'
    this.tolerance = { ...tolerant, ...definition.tolerate }
    this.resumption = definition.resumption ?? true
    this.#hooks = definition.hooks ?? {}
    this.#context = context
    this.#rates = new Map(Object.entries(definition.messagesPerSecond ?? {}))
    this.#gate = new Gate(uri, authorizer, context)
    const { clock, limits, log } = context
    this.dealer = new Dealer({
      gate: this.#gate,
      strictUris,
      claims,
      reservedRoots,
      tolerance: this.tolerance,
      clock,
      limits,
      log,
    })
    const { topics = [], events = new MemoryEvents() } = definition
    const strict = strictUris
    this.broker = new Broker(
      this.#gate,
      { realm: uri, strict, reservedRoots, topics, events },
      context,
    )
    this.dealer.serve('wamp.subscription.get_events', this.broker.getEvents)
    const { accounting } = this.#gate
    accounting.tellBy((topic, args, kwargs) => this.broker.announce(topic, args, kwargs))
    this.#reflection = new Reflection(definition.definitions ?? [], {
      gate: this.#gate,
      limits,
      serve: (procedure, handle) => this.dealer.serve(procedure, handle),
      announce: (topic, args, audience) => {
        this.broker.announce(topic, args, undefined, audience)
      },
    })
    this.#meta = this.#serveMeta()
  }

  /** The meta API (rfc/text/advanced/meta_api.md). */
  #serveMeta(): SessionMeta {
    const { dealer, broker } = this
    const { limits } = this.#context
    const events = new MetaEvents(broker)
    serveRegistrationMeta(dealer, events)
    serveSubscriptionMeta(dealer, broker, events)
    serveTestamentMeta(dealer, { broker, gate: this.#gate, limits })
    const meta = new SessionMeta({ sessions: this.#sessions, events, limits })
    meta.serve(dealer)
    return meta
  }

  /** How often what was asked here was allowed and denied, by action. */
  get decisionCounts(): Accounting['counts'] {
    return this.#gate.accounting.counts
  }

  /** Publications that were refused as their payload is not what the topic's must be. */
  get misfits(): number {
    return this.#gate.accounting.misfits
  }

  /**
   * A peer's rights may have changed: what it may no longer offer or listen to is taken from it now, not at its use,
   * and its open calls whose right has fallen are answered with their denial, those to it with
   * `wamp.error.canceled`. Where the right is decided elsewhere, that is so when the answer has come. What could not be
   * decided stays.
   */
  reassess(peer: Peer): void {
    this.dealer.reassess(peer)
    this.broker.reassess(peer)
    this.#reflection.reassess(peer)
  }

  /** The bounds that hold here. */
  get limits(): Limits {
    return this.#context.limits
  }

  get clock(): Clock {
    return this.#context.clock
  }

  /** Sessions that are joined, by id. */
  get sessions(): ReadonlyMap<number, Session> {
    return this.#sessions
  }

  /**
   * The sessions of one party, as they are now, detached ones among them. `kind` `undefined`: of whatever kind.
   * Costs what there are of them, however many others there are.
   */
  sessionsOf(kind: string | undefined, authid: string): readonly Session[] {
    return this.#byPrincipal.of(kind, authid)
  }

  /** An id that no session of the realm has. */
  newSessionId(): number {
    let id = randomId()
    while (this.#sessions.has(id)) id = randomId()
    return id
  }

  /** Messages that a session of such a principal may send in a second. */
  messagesPerSecond({ kind }: Principal): number {
    return this.#rates.get(kind) ?? this.#context.limits.messagesPerSecond
  }

  /** Takes a session in. `welcome` sends WELCOME, which comes before all else that the session is sent. */
  joined(session: Session, welcome: () => void): void {
    welcome()
    if (session.gone) return
    this.#sessions.set(session.id, session)
    this.#byPrincipal.add(session)
    this.#meta.joined(session)
    this.#tell(session, () => this.#hooks.joined?.(session))
  }

  /** The session has lost its transport and is kept. What it was asked may never have reached it. */
  detached(session: Session): void {
    this.dealer.detach(session)
    for (const tell of this.#detachObservers) tell(session)
    const { testaments } = session.ledger
    if (testaments !== undefined) this.#publish(testaments.take('detached'), session)
  }

  /** Who is told, from now on, of each session that has lost its transport and is kept. Must not throw. */
  observeDetached(tell: (session: Session) => void): void {
    this.#detachObservers.push(tell)
  }

  resumed(session: Session): void {
    this.#tell(session, () => this.#hooks.resumed?.(session))
  }

  /** Called by the session, once, when it ends in whatever way. */
  left(session: Session): void {
    const known = this.#sessions.delete(session.id)
    this.#byPrincipal.remove(session)
    this.leave(session)
    if (!known) return
    this.#meta.left(session)
    this.#tell(session, () => this.#hooks.left?.(session))
  }

  /** Takes a peer that is gone out of all that names it. */
  leave(peer: Peer): void {
    this.dealer.leave(peer)
    this.broker.leave(peer)
    this.#reflection.leave(peer)
    const { testaments } = peer.ledger
    if (testaments === undefined) return
    // Those for a lost transport too, where it was not lost before (rfc/text/advanced/pubsub_testament.md).
    this.#publish([...testaments.take('detached'), ...testaments.take('destroyed')], peer)
  }

  #publish(testaments: readonly Testament[], publisher: Peer): void {
    void publishTestaments(testaments, publisher, { broker: this.broker, log: this.#context.log })
  }

  #tell(session: Session, hook: () => void): void {
    try {
      hook()
    } catch (error) {
      const { uri } = this
      this.#context.log('error', 'a hook of a realm failed', {
        error,
        realm: uri,
        session: session.id,
      })
    }
  }

  /** Writes what waits to be kept. To be called when all sessions have ended. */
  close(): Promise<void> {
    return this.broker.history.close()
  }

  /** A component inside the process. */
  local(principal: Principal): LocalPeer {
    return new LocalPeer(this.newSessionId(), principal, this, this.#context)
  }

  /**
   * Whether a peer may do something now, by the same way as its messages are decided. Nothing is kept of it:
   * who lists what there is must not push out the decisions of what is used.
   */
  decide(peer: Peer, action: Action, uri: string, match?: Match): Decision | Promise<Decision> {
    return this.#gate.decide(peer, action, uri, match)
  }

  /**
   * One message of a joined peer. A promise: the peer's next messages are to wait for it.
   * @throws WampError `wamp.error.protocol_violation`: the peer is to be aborted
   */
  route(peer: Peer, message: Message): void | Promise<void> {
    switch (message.type) {
      case CALL: {
        if (!this.dealer.registrations.hasWildcards) return this.dealer.call(peer, message)
        const began = this.clock.now()
        return this.#turns.fairly(this.dealer.call(peer, message), began, this.clock)
      }
      case YIELD:
        return this.dealer.yield(peer, message)
      case PUBLISH: {
        if (!this.broker.subscriptions.hasWildcards) return this.broker.publish(peer, message)
        const began = this.clock.now()
        return this.#turns.fairly(this.broker.publish(peer, message), began, this.clock)
      }
      case ERROR:
        return this.dealer.error(peer, message)
      case CANCEL:
        return this.dealer.cancel(peer, message)
      case REGISTER:
        return this.dealer.register(peer, message)
      case UNREGISTER:
        return this.dealer.unregister(peer, message)
      case SUBSCRIBE:
        return this.broker.subscribe(peer, message)
      case UNSUBSCRIBE:
        return this.broker.unsubscribe(peer, message)
      default:
        throw violation(`a message of type ${message.type} is not for a router in a session`)
    }
  }
}
