import type { Match, PeerFacts, Principal } from './access.ts'
import { Decisions } from './decisions.ts'
import { Ledger } from './ledger.ts'
import type { Flushable } from './outbox.ts'
import { ParkingLot, type Pausable } from './parking-lot.ts'
import type { Peer } from './peer.ts'
import type { Realm, RealmContext } from './realm.ts'
import { TokenBucket } from './token-bucket.ts'
import { WampError } from './wire/errors.ts'
import { Sequence } from './wire/id.ts'
import {
  CALL,
  CANCEL,
  emptyDict,
  ERROR,
  EVENT,
  INVOCATION,
  PUBLISH,
  REGISTER,
  REGISTERED,
  RESULT,
  SUBSCRIBE,
  SUBSCRIBED,
  YIELD,
  type Dict,
  type ErrorMessage,
  type Event,
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

/** An event as a component inside the process gets it. */
export interface LocalEvent {
  readonly topic: string
  readonly args: readonly unknown[]
  readonly kwargs: Dict
}

/** Takes an event. What it throws is logged. */
export type LocalListener = (event: LocalEvent) => void

interface LocalSubscription {
  readonly topic: string
  readonly listener: LocalListener
}

/** A call of ours that is not answered yet. */
interface LocalCall {
  readonly resolve: (values: PayloadValues) => void
  readonly reject: (error: Error) => void
  readonly endWaiting: (() => void) | undefined
}

const localFacts: PeerFacts = { transport: 'local', address: '', operator: false }
const noFeatures: ReadonlySet<string> = new Set()
/** Code of ours cannot be paused: see `#route`. */
const unpausable: Pausable = { pause: () => undefined, resume: () => undefined }

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
  readonly #parking: ParkingLot
  readonly #requests = new Sequence()
  readonly #procedures = new Map<string, LocalProcedure>()
  /** REGISTERs that are not answered yet. */
  readonly #registering = new Map<number, string>()
  /** SUBSCRIBEs that are not answered yet. */
  readonly #subscribing = new Map<number, LocalSubscription>()
  readonly #subscriptions = new Map<number, LocalSubscription[]>()
  readonly #calls = new Map<number, LocalCall>()
  #inbox: Message[] = []
  #gone = false

  constructor(id: number, principal: Principal, realm: Realm, context: RealmContext) {
    const { clock, limits } = context
    this.id = id
    this.principal = principal
    this.#realm = realm
    this.#context = context
    this.ledger = new Ledger(new Decisions(limits.decisions))
    const tokens = new TokenBucket(Infinity, clock)
    const options = { clock, max: limits.parked, tokens }
    this.#parking = new ParkingLot(unpausable, options, (message) => this.#routed(message))
  }

  get gone(): boolean {
    return this.#gone
  }

  /**
   * Offers a procedure. A refusal is a fault of the composition, and logged as an error.
   * @throws Error when this component offers it already
   */
  register(procedure: string, handle: LocalProcedure): void {
    if (this.#procedures.has(procedure)) throw new Error(`${procedure} is registered already`)
    const request = this.#requests.next()
    this.#registering.set(request, procedure)
    this.#procedures.set(procedure, handle)
    this.#route({ type: REGISTER, request, options: emptyDict, procedure })
  }

  /** Listens to a topic, or to all that match a pattern. A refusal is logged as an error. */
  subscribe(topic: string, listener: LocalListener, match: Match = 'exact'): void {
    const request = this.#requests.next()
    this.#subscribing.set(request, { topic, listener })
    const options = match === 'exact' ? emptyDict : { match }
    this.#route({ type: SUBSCRIBE, request, options, topic })
  }

  /** A refusal is logged as an error. */
  publish(topic: string, args?: readonly unknown[], kwargs?: Dict): void {
    const payload = Payload.of(args, kwargs)
    const request = this.#requests.next()
    this.#route({ type: PUBLISH, request, options: { acknowledge: true }, topic, payload })
  }

  /**
   * @param options `timeout`: of CALL, in milliseconds
   * @throws WampError with the URI of the ERROR that came back; `wamp.error.canceled` when it leaves before
   */
  call(
    procedure: string,
    args?: readonly unknown[],
    kwargs?: Dict,
    options: { readonly timeout?: number } = emptyDict,
  ): Promise<PayloadValues> {
    return new Promise((resolve, reject) => {
      if (this.#gone) return reject(left())
      const request = this.#requests.next()
      const { timeout } = options
      // Kept here too: a callee that is to end its calls itself may not do so.
      const endWaiting =
        timeout === undefined
          ? undefined
          : this.#context.clock.after(timeout, () => this.#giveUp(request, timeout))
      this.#calls.set(request, { resolve, reject, endWaiting })
      const payload = Payload.of(args, kwargs)
      this.#route({ type: CALL, request, options, procedure, payload })
    })
  }

  #giveUp(request: number, timeoutMs: number): void {
    const text = `the call took longer than ${timeoutMs} ms`
    this.#answered(request)?.reject(new WampError('wamp.error.timeout', text))
    this.#route({ type: CANCEL, request, options: { mode: 'killnowait' } })
  }

  /** Nobody waits for an answer any more. */
  #answered(request: number): LocalCall | undefined {
    const call = this.#calls.get(request)
    this.#calls.delete(request)
    call?.endWaiting?.()
    return call
  }

  /** Takes the component out of the realm. */
  leave(): void {
    if (this.#gone) return
    this.#gone = true
    this.#parking.clear()
    this.#realm.leave(this)
    for (const request of this.#calls.keys()) this.#answered(request)?.reject(left())
  }

  /** In order, as the messages of a session: one that waits for a decision is waited for. */
  #route(message: Message): void {
    if (!this.#gone) this.#parking.receive(message)
  }

  #routed(message: Message): void | Promise<void> {
    try {
      const wait = this.#realm.route(this, message)
      return wait?.catch((error: unknown) => this.#fault(message, error))
    } catch (error) {
      this.#fault(message, error)
    }
  }

  #fault(message: Message, error: unknown): void {
    const { authid } = this.principal
    this.#context.log('error', 'a message of a component could not be routed', { error, authid })
    if (message.type !== CALL) return
    this.#answered(message.request)?.reject(error as Error)
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
    for (const message of inbox) {
      try {
        this.#take(message)
      } catch (error) {
        this.#context.log('error', 'a message for a component failed', {
          error,
          type: message.type,
        })
      }
    }
  }

  #take(message: Message): void {
    if (this.#gone) return
    switch (message.type) {
      case INVOCATION:
        void this.#invoke(message)
        break
      case RESULT: {
        const call = this.#answered(message.request)
        try {
          call?.resolve(message.payload.values())
        } catch (error) {
          call?.reject(error as Error)
        }
        break
      }
      case REGISTERED:
        this.#registering.delete(message.request)
        break
      case SUBSCRIBED: {
        const subscription = this.#subscribing.get(message.request)
        this.#subscribing.delete(message.request)
        if (subscription === undefined) break
        const known = this.#subscriptions.get(message.subscription) ?? []
        this.#subscriptions.set(message.subscription, [...known, subscription])
        break
      }
      case EVENT:
        this.#event(message)
        break
      case ERROR:
        this.#refused(message)
        break
    }
  }

  #event({ subscription, details, payload }: Event): void {
    const { args = [], kwargs = emptyDict } = payload.values()
    for (const { topic: pattern, listener } of this.#subscriptions.get(subscription) ?? []) {
      const topic = typeof details['topic'] === 'string' ? details['topic'] : pattern
      try {
        listener({ topic, args, kwargs })
      } catch (error) {
        this.#context.log('error', 'a listener failed', { error, topic })
      }
    }
  }

  #refused({ requestType, request, error: uri, payload }: ErrorMessage): void {
    const { args: [text] = [], kwargs = emptyDict } = payload.values()
    const error = new WampError(uri, typeof text === 'string' ? text : uri, { kwargs })
    if (requestType === CALL) {
      this.#answered(request)?.reject(error)
      return
    }
    const procedure = this.#registering.get(request)
    if (procedure !== undefined) this.#procedures.delete(procedure)
    const uriAsked = procedure ?? this.#subscribing.get(request)?.topic
    this.#registering.delete(request)
    this.#subscribing.delete(request)
    this.#context.log('error', 'a component was refused', { error, uri: uriAsked })
  }

  async #invoke({ request, payload }: InvocationMessage): Promise<void> {
    // Canceled before we came to it: nobody waits for an answer.
    const invocation = this.ledger.invocations.get(request)
    if (invocation === undefined) return
    const { caller, registration } = invocation
    const { procedure } = registration
    try {
      const { args = [], kwargs = emptyDict } = payload.values()
      const handle = this.#procedures.get(procedure)
      if (handle === undefined) throw new WampError('wamp.error.no_such_procedure', procedure)
      const answer = await handle({ procedure, args, kwargs, caller })
      const values = Payload.of(answer?.args, answer?.kwargs)
      this.#route({ type: YIELD, request, options: emptyDict, payload: values })
    } catch (error) {
      const known = error instanceof WampError
      if (!known) this.#context.log('error', 'a procedure failed', { error, procedure })
      this.#route({
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

function left(): WampError {
  return new WampError('wamp.error.canceled', 'the component has left its realm')
}
