import type { Clock } from '../clock.ts'
import { Backoff } from './backoff.ts'
import type { BackoffOptions } from './backoff.ts'
import type { Credential } from './credential.ts'
import { CallError, JoinRefused, SessionLost } from './errors.ts'
import type { Dict } from './errors.ts'
import { Offers } from './offers.ts'
import type { Failure } from './offers.ts'
import type { Listener, Payload, Procedure } from './payload.ts'
import { isFinalAtJoin, isFinalInSession } from './refusals.ts'
import { jsonSerializer } from './serializer.ts'
import type { Serializer } from './serializer.ts'
import { Session } from './session.ts'
import type { Welcome } from './session.ts'
import type { Standing } from './standing.ts'
import { clientClock } from './timers.ts'
import type { WebSocketClass } from './wire.ts'

/** Whether there is a session, and why not. */
export type ConnectionState =
  /** There is none yet, or none any more, and it is trying. `reason`: why the last one ended or was not made. */
  | { readonly status: 'connecting'; readonly reason: string; readonly retryInMs: number }
  /** Joined, and all that was registered and subscribed stands again as far as the router allows. */
  | { readonly status: 'open'; readonly session: number; readonly welcome: Welcome }
  /** There is none, and it is not trying. `error`: what made it give up; absent after `close`. */
  | { readonly status: 'closed'; readonly reason: string; readonly error?: Error }

export interface ConnectionOptions {
  /** For instance `wss://house.example/ws`. A browser also takes a path on the page's own host. */
  readonly url: string
  readonly realm: string
  /** Asked before every join, so that it can be a newer one each time. What it throws counts as a failed attempt. */
  readonly credential: () => Credential | Promise<Credential>
  /** Default `globalThis.WebSocket`; Node has one from version 22 on. */
  readonly webSocket?: WebSocketClass
  /** Default JSON. */
  readonly serializer?: Serializer
  readonly backoff?: BackoffOptions
  /** From the connection's first packet to WELCOME. Default 10,000. */
  readonly joinTimeoutMs?: number
  /** For the answer to a request, after which it fails with `wamp.error.timeout`. Default 30,000. */
  readonly callTimeoutMs?: number
  /** For the router's GOODBYE. Default 2,000. */
  readonly leaveTimeoutMs?: number
  readonly onState?: (state: ConnectionState) => void
  /** Told what went wrong where no promise of the caller's can tell it. Default: nobody is told. */
  readonly onProblem?: (error: unknown, what: string) => void
  /** Run in every new session after registrations and subscriptions stand. What it throws is as if one were refused. */
  readonly onJoin?: (session: Session) => Promise<void>
  readonly clock?: Clock
}

/** A session that stood this long was a good one: the next failure is a first one again. */
const goodSessionMs = 10_000

/**
 * Keeps a WAMP session up: after GOODBYE and after a bare close alike it joins anew and brings back registrations
 * and subscriptions. What was under way when a session ended fails with SessionLost and is never sent again.
 * Which refusals end it is told in refusals.ts. Imports nothing of Node.
 */
export class Connection {
  readonly #options: ConnectionOptions
  readonly #clock: Clock
  readonly #backoff: Backoff
  readonly #offers: Offers
  #session: Session | undefined
  #state: ConnectionState = { status: 'closed', reason: 'not connected' }
  #run: AbortController | undefined
  #wake: () => void = () => undefined

  constructor(options: ConnectionOptions) {
    this.#options = options
    this.#clock = options.clock ?? clientClock
    this.#backoff = new Backoff(options.backoff)
    this.#offers = new Offers(this.#problem)
  }

  get state(): ConnectionState {
    return this.#state
  }

  /**
   * Starts to keep a session up. Resolves with WELCOME.Details when there is the first, with everything standing.
   * @throws JoinRefused and CallError when the router refuses for good, SessionLost when the attempts are used up
   * or `close` was called; it is closed then
   */
  connect(): Promise<Welcome> {
    if (this.#run !== undefined) return Promise.reject(new Error('connect was called already'))
    const run = new AbortController()
    this.#run = run
    this.#backoff.reset()
    return new Promise((resolve, reject) => {
      this.#keepUp(run.signal, resolve).catch((error: unknown) => {
        if (run === this.#run) this.#stop({ reason: messageOf(error), error: errorOf(error) })
        reject(errorOf(error))
      })
    })
  }

  /** @throws CallError, SessionLost (at once where there is no session) */
  async call(uri: string, args: readonly unknown[] = [], kwargs: Dict = {}): Promise<Payload> {
    return this.#joined().call(uri, args, kwargs)
  }

  /** Resolves when the router has taken the event. @throws CallError, SessionLost */
  async publish(topic: string, args: readonly unknown[] = [], kwargs: Dict = {}): Promise<void> {
    return this.#joined().publish(topic, args, kwargs)
  }

  /**
   * Listens to a topic, in this session and those to come; without a session it is only noted. Resolves with what
   * takes it back. @throws CallError when the router refuses; then nothing is noted
   */
  async subscribe(topic: string, listener: Listener): Promise<() => Promise<void>> {
    const { standing, forget } = this.#offers.listen(topic, listener)
    return this.#made(standing, forget)
  }

  /**
   * Offers a procedure, in this session and those to come; without a session it is only noted. Resolves with what
   * takes it back. @throws CallError when the router refuses; then nothing is noted
   */
  async register(uri: string, procedure: Procedure): Promise<() => Promise<void>> {
    const { standing, forget } = this.#offers.offer(uri, procedure)
    return this.#made(standing, forget)
  }

  /** Ends the session with GOODBYE and does not come back. Resolves when the connection is gone. */
  async close(): Promise<void> {
    const session = this.#session
    this.#session = undefined
    this.#stop({ reason: 'closed' })
    await session?.leave()
  }

  #joined(): Session {
    if (this.#session !== undefined) return this.#session
    throw new SessionLost('reason' in this.#state ? this.#state.reason : 'not joined yet')
  }

  async #made(standing: Standing, forget: () => void): Promise<() => Promise<void>> {
    const takeBack = async (): Promise<void> => {
      forget()
      await this.#settle(standing)
      if (this.#session !== undefined) this.#offers.tidy(this.#session)
    }
    try {
      await this.#settle(standing)
    } catch (error) {
      forget()
      throw error
    }
    return takeBack
  }

  /** Without a session, or when it ends meanwhile, the next one sees to it. */
  async #settle(standing: Standing): Promise<void> {
    if (this.#session === undefined) return
    try {
      await standing.settle(this.#session)
    } catch (error) {
      if (!(error instanceof SessionLost)) throw error
    }
  }

  /** Joins again and again until it is stopped. @throws what makes it give up */
  async #keepUp(stopped: AbortSignal, opened: (welcome: Welcome) => void): Promise<never> {
    let firstTime = true
    const isOpen = (session: Session): void => {
      firstTime = false
      opened(session.welcome)
    }
    for (let reason = 'not connected', retryInMs = 0; ;) {
      this.#enter({ status: 'connecting', reason, retryInMs })
      await this.#sleep(retryInMs)
      if (stopped.aborted) throw new SessionLost('closed')
      reason = await this.#joinOnce(stopped, (session) => this.#renew(session, firstTime, isOpen))
      if (stopped.aborted) throw new SessionLost('closed')
      const pauseMs = this.#backoff.fail()
      if (pauseMs === undefined) throw new SessionLost(reason)
      retryInMs = pauseMs
    }
  }

  /** One session from join to end. Returns why it ended. @throws what will be the same next time */
  async #joinOnce(
    stopped: AbortSignal,
    renew: (session: Session) => Promise<void>,
  ): Promise<string> {
    let session: Session
    try {
      session = await this.#join(stopped)
    } catch (error) {
      if (error instanceof SessionLost) return error.reason
      if (error instanceof JoinRefused && !isFinalAtJoin(error.uri)) return error.message
      throw error
    }
    const joinedAt = this.#clock.now()
    this.#session = session
    try {
      await renew(session)
    } catch (error) {
      session.drop('refused')
      throw error
    }
    const reason = await session.ended
    if (this.#session === session) this.#session = undefined
    if (this.#clock.now() - joinedAt >= goodSessionMs) this.#backoff.reset()
    return reason
  }

  async #join(stopped: AbortSignal): Promise<Session> {
    const options = this.#options
    let credential: Credential
    try {
      credential = await options.credential()
    } catch (error) {
      throw new SessionLost(`there is no credential: ${messageOf(error)}`, { cause: error })
    }
    return Session.join({
      url: options.url,
      realm: options.realm,
      credential,
      webSocket: options.webSocket ?? globalWebSocket(),
      serializer: options.serializer ?? jsonSerializer,
      clock: this.#clock,
      joinTimeoutMs: options.joinTimeoutMs ?? 10_000,
      callTimeoutMs: options.callTimeoutMs ?? 30_000,
      leaveTimeoutMs: options.leaveTimeoutMs ?? 2_000,
      problem: this.#problem,
      stopped,
    })
  }

  /**
   * Brings back what is to stand, until all does. A refusal that will be the same next time ends it only before
   * everything stood once: later it may be the router that has changed, and may change back.
   */
  async #renew(
    session: Session,
    firstTime: boolean,
    opened: (session: Session) => void,
  ): Promise<void> {
    const pauses = new Backoff({ ...this.#options.backoff, attempts: Number.POSITIVE_INFINITY })
    void session.ended.then(() => this.#wake())
    while (session.endReason === undefined) {
      const failures = await this.#offers.settle(session)
      if (failures.length === 0) failures.push(...(await this.#greet(session)))
      if (session.endReason !== undefined) return
      for (const { error, what } of failures) {
        const isFinal = error instanceof CallError && isFinalInSession(error.uri)
        if (firstTime && isFinal) throw error
        this.#problem(error, what)
      }
      if (this.#state.status !== 'open')
        this.#enter({ status: 'open', session: session.id, welcome: session.welcome })
      if (failures.length === 0) return opened(session)
      await this.#sleep(pauses.fail() ?? 0)
    }
  }

  async #greet(session: Session): Promise<Failure[]> {
    try {
      await this.#options.onJoin?.(session)
      return []
    } catch (error) {
      return [{ error, what: 'the join' }]
    }
  }

  #stop(end: { reason: string; error?: Error }): void {
    this.#run?.abort()
    this.#run = undefined
    this.#session = undefined
    this.#wake()
    this.#enter({ status: 'closed', ...end })
  }

  #enter(state: ConnectionState): void {
    this.#state = state
    this.#options.onState?.(state)
  }

  readonly #problem = (error: unknown, what: string): void => {
    this.#options.onProblem?.(error, what)
  }

  #sleep(delayMs: number): Promise<void> {
    if (delayMs === 0) return Promise.resolve()
    return new Promise((resolve) => {
      const cancel = this.#clock.after(delayMs, resolve)
      this.#wake = () => {
        cancel()
        resolve()
      }
    })
  }
}

function globalWebSocket(): WebSocketClass {
  const { WebSocket } = globalThis as { WebSocket?: WebSocketClass }
  if (WebSocket === undefined)
    throw new Error('there is no WebSocket here: Node before 22 needs the option webSocket')
  return WebSocket
}

function errorOf(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error))
}

function messageOf(error: unknown): string {
  return errorOf(error).message
}
