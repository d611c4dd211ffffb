import type { Attempt } from './access.ts'
import { announcedFeatures, bareRoles, routerRoles } from './features.ts'
import { Handshake, type HandshakeStep } from './handshake.ts'
import type { Realm, RealmContext } from './realm.ts'
import { Session } from './session.ts'
import type { Transport, TransportSink } from './transport.ts'
import { violation, WampError } from './wire/errors.ts'
import {
  ABORT,
  AUTHENTICATE,
  CHALLENGE,
  HELLO,
  WELCOME,
  emptyDict,
  type Authenticate,
  type Dict,
  type Hello,
  type Message,
} from './wire/message.ts'
import { Payload } from './wire/payload.ts'
import { checkUri } from './wire/uri.ts'

/** What a connection needs of the router. */
export interface ConnectionContext extends RealmContext {
  readonly agent: string
  realm(uri: string): Realm | undefined
  /** The connection has joined, or is gone without having joined. Called once. */
  settled(connection: Connection): void
  /** The connection is gone. Called once. */
  closed(connection: Connection): void
}

/** One transport, from the first frame to the last: the join, then a session. */
export class Connection implements TransportSink {
  readonly transport: Transport
  /** Milliseconds since the epoch. */
  readonly openedAt: number
  readonly #context: ConnectionContext
  readonly #endJoin: () => void
  #session: Session | undefined
  #handshake: Handshake | undefined
  #hello: Hello | undefined
  #realm: Realm | undefined
  #attempt: Attempt | undefined
  #joinMessages = 0
  #settled = false
  #ended = false

  constructor(transport: Transport, context: ConnectionContext) {
    this.transport = transport
    this.#context = context
    this.openedAt = context.clock.now()
    this.#endJoin = context.clock.after(context.limits.joinMs, () => this.#end('timeout'))
  }

  get maxFrameBytes(): number {
    const { joinMessageBytes, messageBytes } = this.#context.limits
    return this.#session === undefined ? joinMessageBytes : messageBytes
  }

  receive(frame: Buffer): void {
    if (this.#ended) return
    if (frame.length > this.maxFrameBytes) return this.tooLong(frame.length)
    try {
      this.#take(this.transport.serializer.decode(frame))
    } catch (error) {
      this.#fault(error)
    }
  }

  #take(message: Message): void {
    const session = this.#session
    if (session === undefined) return this.#join(message)
    // ABORT is never answered (rfc/text/basic/sessions.md).
    if (message.type === ABORT) return session.drop('aborted')
    session.receive(message)
  }

  #join(message: Message): void {
    if (++this.#joinMessages > this.#context.limits.joinMessages) {
      throw violation(`more than ${this.#context.limits.joinMessages} messages before WELCOME`)
    }
    if (message.type === ABORT) return this.#end('aborted')
    if (message.type === HELLO && this.#handshake === undefined) return this.#begin(message)
    if (message.type === AUTHENTICATE) return this.#answer(message)
    throw violation(
      this.#handshake === undefined
        ? `HELLO must come first, not a message of type ${message.type}`
        : `a message of type ${message.type} before the session is established`,
    )
  }

  #begin(hello: Hello): void {
    const fault = checkUri(hello.realm)
    if (fault !== undefined) return this.#abort('wamp.error.invalid_uri', `realm: ${fault}`)
    if (announcedFeatures(hello.details['roles']) === undefined) {
      throw violation('HELLO.Details.roles must hold publisher, subscriber, caller or callee')
    }
    const realm = this.#context.realm(hello.realm)
    if (realm === undefined) {
      return this.#abort('wamp.error.no_such_realm', 'no such realm on this router')
    }
    const { peer } = this.transport
    this.#attempt = { session: realm.newSessionId(), realm: realm.uri, peer }
    this.#realm = realm
    this.#hello = hello
    this.#handshake = new Handshake(hello, realm.authenticators, this.#attempt)
    this.#step(this.#handshake.begin())
  }

  #answer(message: Authenticate): void {
    const step = this.#handshake?.answer(message)
    if (step === undefined) throw violation('AUTHENTICATE without a CHALLENGE that waits for it')
    this.#step(step)
  }

  #step(step: HandshakeStep | Promise<HandshakeStep>): void {
    if (!(step instanceof Promise)) return this.#taken(step)
    // Nothing may come meanwhile: no challenge waits, and HELLO was.
    void step.then((taken) => {
      // Whoever left while we were looking has not joined.
      if (this.#ended) return
      try {
        this.#taken(taken)
      } catch (error) {
        this.#fault(error)
      }
    })
  }

  #taken(step: HandshakeStep): void {
    switch (step.outcome) {
      case 'challenge':
        return this.#send({ type: CHALLENGE, method: step.method, extra: step.extra })
      case 'abort':
        if (step.error !== undefined) {
          const { error } = step
          this.#context.log('error', 'a proof could not be checked', { error, method: step.method })
        }
        return this.#abort(step.reason, step.message, step.details)
      case 'welcome':
        return this.#welcome(step.principal)
    }
  }

  #welcome(principal: Session['principal']): void {
    const hello = this.#hello
    const realm = this.#realm
    const attempt = this.#attempt
    if (hello === undefined || realm === undefined || attempt === undefined) return
    const { clock } = this.#context
    if (principal.expiresAt !== undefined && principal.expiresAt <= clock.now()) {
      return this.#abort('wamp.error.authentication_denied', 'the credential has expired')
    }
    const { agent } = hello.details
    this.#session = new Session(
      {
        id: attempt.session,
        realm,
        transport: this.transport,
        principal,
        features: announcedFeatures(hello.details['roles']) ?? new Set(),
        agent: typeof agent === 'string' ? agent.slice(0, 100) : '',
      },
      this.#context,
    )
    this.#handshake = undefined
    this.#hello = undefined
    this.#settle()
    const { authid, authrole, authmethod, authprovider, authextra } = principal
    const details: Dict = {
      realm: realm.uri,
      roles: routerRoles,
      agent: this.#context.agent,
      authid,
      authrole,
      authmethod,
      authprovider,
      authextra: authextra ?? emptyDict,
    }
    const session = this.#session
    realm.joined(session, () => {
      if (session.send({ type: WELCOME, session: session.id, details })) return
      // Who takes but short messages joins too, and is only not told what else it might use.
      const short = { ...details, roles: bareRoles }
      if (session.send({ type: WELCOME, session: session.id, details: short })) return
      const text = 'WELCOME is longer than the client takes'
      session.abort('wamp.error.payload_size_exceeded', text)
    })
  }

  tooLong(bytes: number): void {
    this.fail(`a message of ${bytes} bytes, allowed are ${this.maxFrameBytes}`)
  }

  fail(message: string): void {
    if (!this.#ended) this.#fault(violation(message))
  }

  drained(): void {
    this.#session?.drained()
  }

  closed(): void {
    this.#ended = true
    this.#endJoin()
    this.#settle()
    this.#session?.lost()
    this.#context.closed(this)
  }

  /** Ends whatever is there because the router stops. */
  shutDown(): void {
    const session = this.#session
    if (session === undefined) return this.#abort('wamp.close.system_shutdown', 'the router stops')
    if (session.realm.shutdown === 'close') return session.drop('shutdown')
    session.kill('wamp.close.system_shutdown', 'the router stops', this.#context.limits.goodbyeMs)
  }

  #fault(error: unknown): void {
    const known = error instanceof WampError
    if (!known) this.#context.log('error', 'a message could not be handled', { error })
    const reason = known ? error.uri : 'wamp.error.runtime_error'
    const message = known ? error.message : 'the router could not handle a message'
    if (this.#session === undefined) this.#abort(reason, message)
    else this.#session.abort(reason, message)
  }

  #abort(reason: string, message: string, more?: Dict): void {
    if (this.#ended) return
    const details = { message, ...more }
    this.#send({ type: ABORT, details, reason, payload: Payload.empty })
    this.#end('aborted')
  }

  /** Ends a connection that has not joined, for others of its address. */
  giveWay(): void {
    this.#settle()
    this.#end('overload')
  }

  #end(reason: 'aborted' | 'timeout' | 'overload'): void {
    if (this.#ended || this.#session !== undefined) return
    this.#ended = true
    this.transport.close(reason)
  }

  #send(message: Message): void {
    const frame = this.transport.serializer.encode(message)
    if (frame.length <= this.transport.maxFrameBytes) this.transport.send(frame)
    else this.#end('aborted')
  }

  #settle(): void {
    if (this.#settled) return
    this.#settled = true
    this.#endJoin()
    this.#context.settled(this)
  }
}
