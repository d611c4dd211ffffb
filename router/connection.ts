import { nowhere, type Agenda, type Due } from './agenda.ts'
import { Join, type Admission, type JoinContext, type JoinEnds } from './join.ts'
import type { RealmContext } from './realm.ts'
import { Session, type SessionHolder } from './session.ts'
import type { CloseReason, Transport, TransportSink } from './transport.ts'
import { violation, WampError } from './wire/errors.ts'
import { ABORT, HELLO, type Dict, type Message } from './wire/message.ts'
import { Payload } from './wire/payload.ts'
import { welcome } from './welcome.ts'

/** What a connection needs of the router. */
export interface ConnectionContext extends RealmContext, Omit<JoinContext, 'limits'> {
  readonly agent: string
  /** When those end that have not joined in time, or were left and not closed. */
  readonly agenda: Agenda
  /** The connection is about to join once more. `false`: too many are. */
  rejoins(connection: Connection): boolean
  /** The connection has joined, or is gone without having joined. Called once for each join. */
  settled(connection: Connection): void
  /** The connection is gone. Called once. */
  closed(connection: Connection): void
}

/**
 * One transport, from the first frame to the last: a join, then a session; after its GOODBYE perhaps another join
 * (rfc/text/basic/building_blocks.md, Transports: a transport may outlive its session).
 */
export class Connection implements TransportSink, JoinEnds, SessionHolder, Due {
  readonly transport: Transport
  /** When it began to join, in milliseconds since the epoch. */
  openedAt: number
  dueAt = 0
  place: number = nowhere
  readonly #context: ConnectionContext
  #join: Join | undefined
  #session: Session | undefined
  #settled = false
  #stopping = false
  #ended = false

  constructor(transport: Transport, context: ConnectionContext) {
    this.transport = transport
    this.#context = context
    this.openedAt = context.clock.now()
    this.#join = new Join(transport, context, this)
    context.agenda.enter(this, context.limits.joinMs)
  }

  get maxMessageBytes(): number {
    const { joinMessageBytes, messageBytes } = this.#context.limits
    return this.#session === undefined ? joinMessageBytes : messageBytes
  }

  receive(bytes: Buffer, start: number = 0, stop: number = bytes.length): void {
    if (this.#ended) return
    if (stop - start > this.maxMessageBytes) return this.tooLong(stop - start)
    try {
      this.#take(this.transport.serializer.decode(bytes, start, stop))
    } catch (error) {
      this.failed(error)
    }
  }

  #take(message: Message): void {
    const session = this.#session
    if (session === undefined) return this.#takeBeforeSession(message)
    // ABORT is never answered (rfc/text/basic/sessions.md).
    if (message.type === ABORT) return session.drop('aborted')
    session.receive(message)
  }

  #takeBeforeSession(message: Message): void {
    if (this.#join === undefined) {
      if (message.type === ABORT) return this.#end('aborted')
      // What the client sent before it knew of the end is of no session; only HELLO begins another.
      if (message.type !== HELLO) return
      if (!this.#rejoin()) return this.#end('overload')
    }
    this.#join?.receive(message)
  }

  #rejoin(): boolean {
    const { clock, limits, agenda } = this.#context
    this.openedAt = clock.now()
    if (!this.#context.rejoins(this)) return false
    this.#settled = false
    agenda.enter(this, limits.joinMs)
    this.#join = new Join(this.transport, this.#context, this)
    return true
  }

  admitted({ hello, realm, id, principal, features }: Admission): void {
    const { clock, resumption, agent } = this.#context
    if (principal.expiresAt !== undefined && principal.expiresAt <= clock.now()) {
      return this.refused('wamp.error.authentication_denied', 'the credential has expired')
    }
    const { agent: clientAgent, resumable } = hello.details
    const session = new Session(
      {
        id,
        realm,
        transport: this.transport,
        holder: this,
        principal,
        features,
        agent: typeof clientAgent === 'string' ? clientAgent.slice(0, 100) : '',
      },
      this.#context,
    )
    this.#begin(session)
    const token = resumable === true && realm.resumption ? resumption.issue(session) : undefined
    const ticket = resumable === true ? { resumed: false, token } : undefined
    realm.joined(session, () => welcome(session, agent, ticket))
  }

  resumed(session: Session): void {
    const { resumption, agent, log } = this.#context
    const { id, realm, principal, facts } = session
    const { authid } = principal
    const { address } = this.transport.peer
    const details = { session: id, realm: realm.uri, authid, address, before: facts.address }
    log('info', 'a session was resumed', details)
    session.resume(this.transport, this, () => {
      this.#begin(session)
      welcome(session, agent, { resumed: true, token: resumption.issue(session) })
      realm.resumed(session)
    })
  }

  #begin(session: Session): void {
    this.#session = session
    this.#join = undefined
    this.#settle()
  }

  tooLong(bytes: number): void {
    this.fail(`a message of ${bytes} bytes, allowed are ${this.maxMessageBytes}`)
  }

  fail(message: string): void {
    if (!this.#ended) this.failed(violation(message))
  }

  drained(): void {
    this.#session?.drained()
  }

  closed(): void {
    this.#ended = true
    this.#join?.end()
    this.#settle()
    this.#session?.lost()
    this.#context.closed(this)
  }

  parted(): void {
    this.#session = undefined
    if (this.#stopping) return this.#end('goodbye')
    // Clients that wait for the router to close are not to wait for long.
    const { agenda, limits } = this.#context
    agenda.enter(this, limits.goodbyeMs)
  }

  /** It was waited for long enough: for its joining, or for its end. */
  due(): void {
    this.#end(this.#join === undefined ? 'goodbye' : 'timeout')
  }

  replaced(): void {
    this.#session = undefined
    this.#end('replaced')
  }

  /** Ends whatever is there because the router stops. */
  shutDown(): void {
    this.#stopping = true
    const session = this.#session
    if (session === undefined) {
      if (this.#join === undefined) return this.#end('shutdown')
      return this.refused('wamp.close.system_shutdown', 'the router stops')
    }
    if (session.realm.shutdown === 'close') return session.drop('shutdown')
    session.kill('wamp.close.system_shutdown', 'the router stops', this.#context.limits.goodbyeMs)
  }

  failed(error: unknown): void {
    const known = error instanceof WampError
    if (!known) this.#context.log('error', 'a message could not be handled', { error })
    const reason = known ? error.uri : 'wamp.error.runtime_error'
    const message = known ? error.message : 'the router could not handle a message'
    if (this.#session === undefined) this.refused(reason, message)
    else this.#session.abort(reason, message)
  }

  refused(reason: string, message: string, more?: Dict): void {
    if (this.#ended) return
    const details = { message, ...more }
    this.send({ type: ABORT, details, reason, payload: Payload.empty })
    this.#end('aborted')
  }

  given(): void {
    this.#end('aborted')
  }

  /** Ends a connection that has not joined, for others of its address. */
  giveWay(): void {
    this.#settle()
    this.#end('overload')
  }

  #end(reason: CloseReason): void {
    if (this.#ended || this.#session !== undefined) return
    this.#ended = true
    this.#join?.end()
    this.#context.agenda.remove(this)
    this.transport.close(reason)
  }

  send(message: Message): void {
    const frame = this.transport.serializer.encode(message, this.transport.head)
    if (frame.length <= this.transport.maxFrameBytes) this.transport.send(frame)
    else this.#end('aborted')
  }

  #settle(): void {
    this.#context.agenda.remove(this)
    if (this.#settled) return
    this.#settled = true
    this.#context.settled(this)
  }
}
