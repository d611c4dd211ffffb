import type { PeerFacts, Principal } from './access.ts'
import { Decisions } from './decisions.ts'
import { Ledger } from './ledger.ts'
import type { Flushable } from './outbox.ts'
import type { Peer } from './peer.ts'
import type { Realm, RealmContext } from './realm.ts'
import { WampError } from './wire/errors.ts'
import { Sequence } from './wire/id.ts'
import {
  CALL,
  emptyDict,
  ERROR,
  EVENT,
  INVOCATION,
  PUBLISH,
  REGISTER,
  REGISTERED,
  RESULT,
  YIELD,
  type Dict,
  type InvocationMessage,
  type Message,
} from './wire/message.ts'
import { Payload, type PayloadValues } from './wire/payload.ts'
import type { SharedMessage } from './wire/shared-message.ts'

/** A call as a component inside the process gets it. */
export interface LocalInvocation {
  readonly procedure: string
  readonly args: readonly unknown[]
  readonly kwargs: Dict
  /** Who calls: the session itself, with the principal that the router proved. */
  readonly caller: Peer
}

/** What a component inside the process answers. WampError becomes ERROR with its URI; anything else tells nothing. */
export type LocalProcedure = (
  invocation: LocalInvocation,
) => PayloadValues | void | Promise<PayloadValues | void>

const localFacts: PeerFacts = { transport: 'local', address: '', operator: false }
const noFeatures: ReadonlySet<string> = new Set()

/**
 * A component inside the process, an ordinary party to dealer and broker. It is served at the end of the tick like
 * any transport, so that nothing sent to it re-enters the engine.
 */
export class LocalPeer implements Peer, Flushable {
  readonly id: number
  readonly principal: Principal
  readonly facts: PeerFacts = localFacts
  readonly features: ReadonlySet<string> = noFeatures
  readonly congested: boolean = false
  readonly ledger: Ledger
  readonly #realm: Realm
  readonly #context: RealmContext
  readonly #procedures = new Map<string, LocalProcedure>()
  readonly #requests = new Sequence()
  readonly #calls = new Map<
    number,
    { resolve: (values: PayloadValues) => void; reject: (error: Error) => void }
  >()
  #registering = new Map<number, string>()
  #inbox: Message[] = []
  #gone = false

  constructor(id: number, principal: Principal, realm: Realm, context: RealmContext) {
    this.id = id
    this.principal = principal
    this.#realm = realm
    this.#context = context
    this.ledger = new Ledger(new Decisions(context.limits.decisions))
  }

  get gone(): boolean {
    return this.#gone
  }

  /** Offers a procedure. A refusal is a fault of the composition, and logged as an error. */
  register(procedure: string, handle: LocalProcedure): void {
    const request = this.#requests.next()
    this.#registering.set(request, procedure)
    this.#procedures.set(procedure, handle)
    void this.#realm.route(this, { type: REGISTER, request, options: emptyDict, procedure })
  }

  publish(topic: string, args?: readonly unknown[], kwargs?: Dict): void {
    const payload = Payload.of(args, kwargs)
    const request = this.#requests.next()
    void this.#realm.route(this, { type: PUBLISH, request, options: emptyDict, topic, payload })
  }

  /** @throws WampError with the URI of the ERROR that came back */
  call(procedure: string, args?: readonly unknown[], kwargs?: Dict): Promise<PayloadValues> {
    return new Promise((resolve, reject) => {
      const request = this.#requests.next()
      this.#calls.set(request, { resolve, reject })
      const payload = Payload.of(args, kwargs)
      void this.#realm.route(this, { type: CALL, request, options: emptyDict, procedure, payload })
    })
  }

  /** Takes the component out of the realm. */
  leave(): void {
    if (this.#gone) return
    this.#gone = true
    this.#realm.dealer.leave(this)
    this.#realm.broker.leave(this)
    const left = new WampError('wamp.error.canceled', 'the component has left its realm')
    for (const { reject } of this.#calls.values()) reject(left)
    this.#calls.clear()
  }

  send(message: Message): boolean {
    if (this.#gone) return true
    this.#inbox.push(message)
    if (this.#inbox.length === 1) this.#context.outbox.touch(this)
    return true
  }

  sendShared(shared: SharedMessage): boolean {
    return this.send(shared.message)
  }

  flush(): void {
    const inbox = this.#inbox
    this.#inbox = []
    for (const message of inbox) this.#take(message)
  }

  #take(message: Message): void {
    switch (message.type) {
      case INVOCATION:
        void this.#invoke(message)
        break
      case RESULT:
        this.#calls.get(message.request)?.resolve(message.payload.values())
        this.#calls.delete(message.request)
        break
      case REGISTERED:
        this.#registering.delete(message.request)
        break
      case EVENT:
        break
      case ERROR: {
        const [text] = message.payload.values().args ?? []
        const error = new WampError(message.error, typeof text === 'string' ? text : message.error)
        if (message.requestType === CALL) {
          this.#calls.get(message.request)?.reject(error)
          this.#calls.delete(message.request)
        } else {
          const procedure = this.#registering.get(message.request)
          this.#context.log('error', 'a component was refused', { error, procedure })
        }
        break
      }
    }
  }

  async #invoke(message: InvocationMessage): Promise<void> {
    const invocation = this.ledger.invocations.get(message.request)
    if (invocation === undefined || invocation.abandoned) return
    const { procedure } = invocation.registration
    const { request } = message
    try {
      const { args = [], kwargs = emptyDict } = message.payload.values()
      const handle = this.#procedures.get(procedure)
      if (handle === undefined) throw new WampError('wamp.error.no_such_procedure', procedure)
      const answer = await handle({ procedure, args, kwargs, caller: invocation.caller })
      if (this.#gone) return
      const payload = Payload.of(answer?.args, answer?.kwargs)
      void this.#realm.route(this, { type: YIELD, request, options: emptyDict, payload })
    } catch (error) {
      if (this.#gone) return
      const known = error instanceof WampError
      if (!known) this.#context.log('error', 'a procedure failed', { error, procedure })
      void this.#realm.route(this, {
        type: ERROR,
        requestType: INVOCATION,
        request,
        details: emptyDict,
        error: known ? error.uri : 'wamp.error.runtime_error',
        payload: known ? Payload.of([error.message], error.kwargs) : Payload.empty,
      })
    }
  }
}
