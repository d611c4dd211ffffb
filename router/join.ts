import type { Principal } from './access.ts'
import { announcedFeatures } from './features.ts'
import { Handshake, type HandshakeStep } from './handshake.ts'
import type { EngineLog } from './log.ts'
import type { Realm } from './realm.ts'
import type { Resumption } from './resumption.ts'
import type { Session } from './session.ts'
import type { Transport } from './transport.ts'
import { violation } from './wire/errors.ts'
import {
  ABORT,
  AUTHENTICATE,
  CHALLENGE,
  HELLO,
  type Authenticate,
  type Dict,
  type Hello,
  type Message,
} from './wire/message.ts'
import { checkUri } from './wire/uri.ts'

/** What a join needs of the router. */
export interface JoinContext {
  readonly limits: { readonly joinMessages: number }
  readonly log: EngineLog
  readonly resumption: Resumption
  realm(uri: string): Realm | undefined
}

/** Who is proven to join what. */
export interface Admission {
  readonly hello: Hello
  readonly realm: Realm
  /** Of the session to come. */
  readonly id: number
  readonly principal: Principal
  /** What the client announced. */
  readonly features: ReadonlySet<string>
}

/** What a join leads to. All but `challenge` end it. */
export interface JoinEnds {
  send(message: Message): void
  admitted(admission: Admission): void
  resumed(session: Session): void
  refused(reason: string, message: string, details?: Dict): void
  /** The client aborted: it is not answered. */
  given(): void
  /** Something broke, or the client broke the protocol. */
  failed(error: unknown): void
}

/** One way from HELLO to WELCOME or ABORT. */
export class Join {
  readonly #transport: Transport
  readonly #context: JoinContext
  readonly #ends: JoinEnds
  #handshake: Handshake | undefined
  #claimed: Omit<Admission, 'principal'> | undefined
  #messages = 0
  #over = false

  constructor(transport: Transport, context: JoinContext, ends: JoinEnds) {
    this.#transport = transport
    this.#context = context
    this.#ends = ends
  }

  /** Nobody wants to know any more what it leads to. */
  end(): void {
    this.#over = true
  }

  /** @throws WampError `wamp.error.protocol_violation` */
  receive(message: Message): void {
    const { joinMessages } = this.#context.limits
    if (++this.#messages > joinMessages) {
      throw violation(`more than ${joinMessages} messages before WELCOME`)
    }
    if (message.type === ABORT) return this.#ends.given()
    if (message.type === HELLO && this.#handshake === undefined) return this.#begin(message)
    if (message.type === AUTHENTICATE) return this.#answer(message)
    throw violation(
      this.#handshake === undefined
        ? `HELLO must come first, not a message of type ${message.type}`
        : `a message of type ${message.type} before the session is established`,
    )
  }

  #begin(hello: Hello): void {
    if (hello.details['resume-session'] !== undefined) return this.#resume(hello)
    const realm = this.#context.realm(hello.realm)
    const fault = realm === undefined ? checkUri(hello.realm) : undefined
    if (fault !== undefined) return this.#ends.refused('wamp.error.invalid_uri', `realm: ${fault}`)
    const features = announcedFeatures(hello.details['roles'])
    if (features === undefined) {
      throw violation('HELLO.Details.roles must hold publisher, subscriber, caller or callee')
    }
    if (realm === undefined) {
      return this.#ends.refused('wamp.error.no_such_realm', 'no such realm on this router')
    }
    const { peer } = this.#transport
    const id = realm.newSessionId()
    this.#claimed = { hello, realm, id, features }
    const attempt = { session: id, realm: realm.uri, peer }
    this.#handshake = new Handshake(hello, realm.authenticators, attempt)
    this.#step(this.#handshake.begin())
  }

  /** The answer is the same for whatever is wrong: it does not tell which sessions there are. */
  #resume({ realm, details }: Hello): void {
    const { peer } = this.#transport
    const { 'resume-session': id, 'resume-token': token } = details
    const session = this.#context.resumption.redeem(id, token, realm, peer)
    if (session !== undefined) return this.#ends.resumed(session)
    const text = 'there is no session that can be resumed so'
    this.#ends.refused('wamp.error.no_such_session', text)
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
      if (this.#over) return
      try {
        this.#taken(taken)
      } catch (error) {
        this.#ends.failed(error)
      }
    })
  }

  #taken(step: HandshakeStep): void {
    switch (step.outcome) {
      case 'challenge':
        return this.#ends.send({ type: CHALLENGE, method: step.method, extra: step.extra })
      case 'abort':
        if (step.error !== undefined) {
          const { error } = step
          this.#context.log('error', 'a proof could not be checked', { error, method: step.method })
        }
        return this.#ends.refused(step.reason, step.message, step.details)
      case 'welcome':
        if (this.#claimed !== undefined) {
          const { hello, realm, id, features } = this.#claimed
          this.#ends.admitted({ hello, realm, id, features, principal: step.principal })
        }
    }
  }
}
