import { Errors } from 'wampy'
import type { Wampy } from 'wampy'
import { CallError, SessionLost } from './errors.ts'
import type { Dict } from './errors.ts'
import { Joining } from './joining.ts'
import type { JoinOptions } from './joining.ts'
import type { Delivery, Listener, Payload, Procedure } from './payload.ts'

export interface SessionOptions extends JoinOptions {
  readonly callTimeoutMs: number
  readonly leaveTimeoutMs: number
  /** What a listener or procedure threw that nobody else is told. */
  readonly problem: (error: unknown, what: string) => void
}

type WampyPayload = { argsList: unknown[]; argsDict?: Record<string, unknown> }

interface WampyDelivery extends Partial<WampyPayload> {
  details: Dict
}

/** WELCOME.Details: who one is in this session. */
export interface Welcome extends Dict {
  readonly authid: string
  readonly authrole: string
  readonly authmethod: string
}

/** What wampy sends as ERROR when a procedure throws it. */
class InvocationError extends Error {
  readonly error: string
  readonly argsList: unknown[]
  readonly argsDict: Record<string, unknown>

  constructor(cause: CallError) {
    super(cause.message, { cause })
    this.error = cause.uri
    this.argsList = [...cause.args]
    this.argsDict = { ...cause.kwargs }
  }
}

/**
 * One WAMP session, from its join to its end. A new session is a new object with a wampy of its own, so that
 * nothing of an old one (queued messages, ids, procedures) can leak into it.
 */
export class Session {
  readonly id: number
  readonly welcome: Welcome
  /** Resolves with the reason when the session is gone. Never rejects. */
  readonly ended: Promise<string>
  readonly #wampy: Wampy
  readonly #joining: Joining
  readonly #options: SessionOptions

  private constructor(joining: Joining, welcome: Dict, options: SessionOptions) {
    // A library that reads 64-bit integers may give ids as BigInt.
    this.id = Number(joining.wampy.getSessionId())
    this.welcome = { authid: '', authrole: '', authmethod: '', ...welcome }
    this.ended = joining.ended
    this.#wampy = joining.wampy
    this.#joining = joining
    this.#options = options
  }

  /** Why the session is gone; `undefined` while it stands. */
  get endReason(): string | undefined {
    return this.#joining.endReason
  }

  /** @throws JoinRefused when the router says ABORT, SessionLost when it is not reached or does not answer */
  static async join(options: SessionOptions): Promise<Session> {
    const joining = new Joining(options)
    return new Session(joining, await joining.welcome(), options)
  }

  /** @throws CallError, SessionLost */
  async call(uri: string, args: readonly unknown[], kwargs: Dict): Promise<Payload> {
    const payload = this.#payload(args, kwargs)
    const result = await this.#ask(uri, () => this.#wampy.call(uri, payload))
    return { args: result.argsList ?? [], kwargs: result.argsDict ?? {} }
  }

  /** Resolves when the broker has taken it. @throws CallError, SessionLost */
  async publish(topic: string, args: readonly unknown[], kwargs: Dict): Promise<void> {
    const payload = this.#payload(args, kwargs)
    await this.#ask(topic, () => this.#wampy.publish(topic, payload))
  }

  /** @throws CallError, SessionLost */
  async subscribe(topic: string, listener: Listener): Promise<void> {
    const receive = async (event: WampyDelivery): Promise<void> => {
      try {
        await listener(deliveryOf(event))
      } catch (error) {
        this.#options.problem(error, topic)
      }
    }
    await this.#ask(topic, () => this.#wampy.subscribe(topic, receive))
  }

  /** @throws CallError, SessionLost */
  async unsubscribe(topic: string): Promise<void> {
    await this.#ask(topic, () => this.#wampy.unsubscribe(topic))
  }

  /** @throws CallError, SessionLost */
  async register(uri: string, procedure: Procedure): Promise<void> {
    const answer = async (invocation: WampyDelivery): Promise<WampyPayload | null> => {
      try {
        const value = await procedure(deliveryOf(invocation))
        return value === undefined ? null : this.#payload([value], {})
      } catch (error) {
        throw new InvocationError(this.#publicError(error, uri))
      }
    }
    await this.#ask(uri, () => this.#wampy.register(uri, answer))
  }

  /** @throws CallError, SessionLost */
  async unregister(uri: string): Promise<void> {
    await this.#ask(uri, () => this.#wampy.unregister(uri))
  }

  /** Says GOODBYE; resolves when the connection is gone, for which the router's answer is not needed. */
  async leave(): Promise<void> {
    const { clock, leaveTimeoutMs, problem } = this.#options
    const cancel = clock.after(leaveTimeoutMs, () => this.drop('left'))
    if (this.#joining.endReason === undefined)
      this.#wampy.disconnect().catch((error: unknown) => problem(error, 'GOODBYE'))
    await this.ended
    cancel()
  }

  /** Ends the connection at once. */
  drop(reason: string): void {
    this.#joining.drop(reason)
  }

  /** What a caller may know of a failure: a CallError as it is; of anything else only that it happened. */
  #publicError(error: unknown, uri: string): CallError {
    if (error instanceof CallError) return error
    this.#options.problem(error, uri)
    return new CallError('wamp.error.runtime_error')
  }

  /** wampy closes the session over a message that it cannot encode, so such arguments do not get that far. */
  #payload(args: readonly unknown[], kwargs: Dict): WampyPayload {
    const argsList = [...args]
    const argsDict = { ...kwargs }
    try {
      this.#options.serializer.encode([argsList, argsDict])
    } catch (error) {
      throw new CallError('wamp.error.invalid_argument', [`cannot be sent: ${String(error)}`])
    }
    return Object.keys(argsDict).length === 0 ? { argsList } : { argsList, argsDict }
  }

  /** Sends a request and awaits its answer, with wampy's errors as our own. */
  #ask<T>(what: string, send: () => Promise<T>): Promise<T> {
    // wampy would queue it for a session that never comes.
    if (this.endReason !== undefined) return Promise.reject(new SessionLost(this.endReason))
    const { clock, callTimeoutMs } = this.#options
    return new Promise((resolve, reject) => {
      const cancel = clock.after(callTimeoutMs, () => {
        const message = `${what}: no answer in ${callTimeoutMs} ms`
        reject(new CallError('wamp.error.timeout', [message]))
      })
      send()
        .then(resolve, (error: unknown) => reject(this.#ownError(error, what)))
        .finally(cancel)
    })
  }

  #ownError(error: unknown, what: string): Error {
    if (error instanceof Errors.WampError)
      return new CallError(error.errorUri, error.argsList, error.argsDict, error.details)
    if (error instanceof Errors.UriError)
      return new CallError('wamp.error.invalid_uri', [`${what} is not a URI that can be used so`])
    if (error instanceof Errors.WebsocketError)
      return new SessionLost(this.endReason ?? error.message, { cause: error })
    return error instanceof Error ? error : new Error(String(error))
  }
}

function deliveryOf(message: WampyDelivery): Delivery {
  return { args: message.argsList ?? [], kwargs: message.argsDict ?? {}, details: message.details }
}
