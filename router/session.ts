import type { Clock } from '../clock.ts'
import type { PeerFacts, Principal } from './access.ts'
import { Decisions } from './decisions.ts'
import { DetachedTransport } from './detached-transport.ts'
import { Ledger } from './ledger.ts'
import type { Limits } from './limits.ts'
import type { EngineLog } from './log.ts'
import type { Outbox } from './outbox.ts'
import { ParkingLot } from './parking-lot.ts'
import type { Peer } from './peer.ts'
import type { Realm } from './realm.ts'
import { RequestIds } from './request-ids.ts'
import type { Resumption } from './resumption.ts'
import { TokenBucket } from './token-bucket.ts'
import type { CloseReason, Transport } from './transport.ts'
import { WampError } from './wire/errors.ts'
import {
  ABORT,
  emptyDict,
  EVENT,
  GOODBYE,
  INTERRUPT,
  INVOCATION,
  RESULT,
  type Dict,
  type Message,
} from './wire/message.ts'
import { bare } from './wire/frame-head.ts'
import { Payload } from './wire/payload.ts'
import type { SharedMessage } from './wire/shared-message.ts'

/** What a session needs of the place it lives in. */
export interface SessionContext {
  readonly clock: Clock
  readonly limits: Limits
  readonly log: EngineLog
  readonly outbox: Outbox
  readonly resumption: Resumption
}

/** What holds the transport of a session. */
export interface SessionHolder {
  /** GOODBYE went both ways: the transport is free for another session. */
  parted(): void
  /** The session goes on over another transport. */
  replaced(): void
}

/** How a session is set up, once its principal is proven. */
export interface SessionOrigin {
  readonly id: number
  readonly realm: Realm
  readonly transport: Transport
  readonly holder: SessionHolder
  readonly principal: Principal
  readonly features: ReadonlySet<string>
  readonly agent: string
}

/** A client in a realm, from WELCOME to the end; where it can be resumed, over more than one transport. */
export class Session implements Peer {
  readonly id: number
  readonly realm: Realm
  readonly features: ReadonlySet<string>
  /** HELLO.Details.agent, at most 100 characters; empty when absent. For people, never for decisions. */
  readonly agent: string
  readonly joinedAt: number
  readonly ledger: Ledger
  readonly #context: SessionContext
  readonly #parking: ParkingLot
  readonly #requestIds: RequestIds
  #transport: Transport
  #holder: SessionHolder
  /** Stands in for the transport as long as there is none. */
  #detached: DetachedTransport | undefined
  #principal: Principal
  #gone = false
  /** Nothing of it is taken any more: it is gone, or shut out. */
  #deaf = false
  #isShutOut = false
  /** Nothing more is sent to it: more is waiting for it than may, and it ends with the tick, or it is shut out. */
  #overflowing = false
  #endExpiry: (() => void) | undefined
  #endGoodbye: (() => void) | undefined

  constructor(origin: SessionOrigin, context: SessionContext) {
    this.id = origin.id
    this.realm = origin.realm
    this.#transport = origin.transport
    this.#holder = origin.holder
    this.features = origin.features
    this.agent = origin.agent
    this.#principal = origin.principal
    this.#context = context
    this.joinedAt = context.clock.now()
    this.ledger = new Ledger(new Decisions(context.limits.decisions))
    this.#requestIds = new RequestIds(origin.realm.tolerance.requestIdGaps)
    const { clock, limits } = context
    const tokens = new TokenBucket(origin.realm.messagesPerSecond(origin.principal), clock)
    this.#parking = new ParkingLot(
      { pause: () => this.#transport.pause(), resume: () => this.#transport.resume() },
      { clock, max: limits.parked, tokens },
      (message) => this.#route(message),
    )
    this.#armExpiry()
  }

  /** Of a session that is detached: what stands in for it, with the facts of the one that was lost. */
  get transport(): Transport {
    return this.#transport
  }

  /** Its transport is lost, and its client may come back. */
  get detached(): boolean {
    return this.#detached !== undefined
  }

  get principal(): Principal {
    return this.#principal
  }

  get facts(): PeerFacts {
    return this.#transport.peer
  }

  get congested(): boolean {
    if (this.#overflowing || this.#detached !== undefined) return true
    return this.#transport.pendingBytes >= this.#context.limits.congestedBytes
  }

  get gone(): boolean {
    return this.#gone
  }

  /** Takes a message of the client; those behind one that waits for a decision wait with it. */
  receive(message: Message): void {
    if (!this.#deaf) this.#parking.receive(message)
    // After our own GOODBYE only the answer to it counts (rfc/text/basic/sessions.md, "Received other / ignore").
    else if (message.type === GOODBYE && this.#endGoodbye !== undefined) this.#goodbye()
  }

  #route(message: Message): void | Promise<void> {
    if (this.#deaf) return
    try {
      // In its turn: what the client sent before it is not lost.
      if (message.type === GOODBYE) return this.#goodbye()
      this.#requestIds.check(message, this.ledger)
      const wait = this.realm.route(this, message)
      return wait?.catch((error: unknown) => this.#fault(error))
    } catch (error) {
      this.#fault(error)
    }
  }

  /** A message broke the protocol, or something of ours broke over it: this session ends, no other. */
  #fault(error: unknown): void {
    if (error instanceof WampError) return this.abort(error.uri, error.message)
    this.#context.log('error', 'a message could not be handled', { error, session: this.id })
    this.abort('wamp.error.runtime_error', 'the router could not handle a message')
  }

  /** Ends the session with ABORT, then drops the transport. */
  abort(reason: string, message: string): void {
    if (this.#gone) return
    this.send({ type: ABORT, details: { message }, reason, payload: Payload.empty })
    this.leave()
    this.#transport.close('aborted')
  }

  send(message: Message): boolean {
    if (this.#gone) return true
    const { serializer, head = bare, outgoing, maxFrameBytes } = this.#transport
    const { type } = message
    if (outgoing === undefined) return this.#sendFrame(serializer.encode(message, head), type)
    const length = serializer.encodeInto(outgoing, message, head)
    if (length > maxFrameBytes) return false
    if (this.#overflowing) return true
    const isMuch = this.#isMuch(length)
    if (isMuch && !this.#hasRoom(length, type)) return this.#overflowing
    outgoing.commit(length)
    if (isMuch) this.#watch(type)
    return true
  }

  sendShared(shared: SharedMessage): boolean {
    if (this.#gone) return true
    const { serializer, head } = this.#transport
    return this.#sendFrame(shared.frameFor(serializer, head), shared.message.type)
  }

  #sendFrame(frame: Buffer, type: number): boolean {
    const transport = this.#transport
    const { length } = frame
    if (length > transport.maxFrameBytes) {
      return this.#detached !== undefined && this.#keep(this.#detached, frame, type)
    }
    if (this.#overflowing) return true
    const isMuch = this.#isMuch(length)
    if (isMuch && !this.#hasRoom(length, type)) return this.#overflowing
    transport.send(frame)
    if (isMuch) this.#watch(type)
    return true
  }

  /** Whether a frame of so many bytes brings what is waiting for the client to where it counts as congested. */
  #isMuch(length: number): boolean {
    return this.#transport.pendingBytes + length >= this.#context.limits.congestedBytes
  }

  /**
   * Whether a frame may go to a client that has much waiting. What others push at it is refused before there is no room
   * left for answers, and so is what is longer than may wait at all: nobody else is to end it, though a message can be
   * several times as long in another serializer. Too many answers are the end of it.
   */
  #hasRoom(length: number, type: number): boolean {
    const most = this.#context.limits.pendingBytes
    const waiting = this.#transport.pendingBytes + length
    if (isPushed(type)) return waiting <= most * pushedShare
    if (waiting <= most || isAlwaysSent(type)) return true
    if (length <= most) this.#overflow()
    return false
  }

  /** Who does not read its own answers is not read from until it does. */
  #watch(type: number): void {
    if (isPushed(type) || this.#transport.pendingBytes < this.#context.limits.congestedBytes) return
    if (!this.#parking.hold()) return
    // What only waited for the end of the tick is gone with it, and no `drained` tells of that.
    this.#context.outbox.touch({ flush: () => this.drained() })
  }

  #overflow(): void {
    this.#overflowing = true
    const { log, outbox } = this.#context
    log('warn', 'more is waiting for a session than may, and it is closed', { session: this.id })
    // Not at once: leaving sends to others, and who sends must not find the engine changed when it returns.
    outbox.touch({ flush: () => this.drop('slow_consumer') })
  }

  /** Keeps what the client is to get when it comes back. An answer that there is no room for is the end of it. */
  #keep(detached: DetachedTransport, frame: Buffer, type: number): boolean {
    const isEvent = type === EVENT
    if (this.#overflowing || detached.keep(frame, isEvent)) return true
    if (isEvent) return false
    this.#overflow()
    return true
  }

  /** What was waiting for the client has been taken. */
  drained(): void {
    if (!this.congested) this.#parking.release()
  }

  /**
   * A newer proof of the same party, or what else is known of it now: the session lives on until that one ends. What
   * was decided for it before is forgotten, and what it holds is decided anew at once.
   * @throws Error where it is not the same party
   */
  renew(principal: Principal): void {
    if (principal.authid !== this.#principal.authid || principal.kind !== this.#principal.kind) {
      throw new Error('a session can only be renewed for the principal it has')
    }
    this.#principal = principal
    this.#forgetDecisions()
    this.#armExpiry()
    if (!this.#gone) this.realm.reassess(this)
  }

  /** What registrations and subscriptions rest on is compared with who it is now; calls under way are told. */
  #forgetDecisions(): void {
    this.ledger.decisions.clear()
    for (const invocation of this.ledger.openCalls()) invocation.doubt()
  }

  #armExpiry(): void {
    this.#endExpiry?.()
    const { expiresAt } = this.#principal
    const { clock } = this.#context
    this.#endExpiry =
      expiresAt === undefined
        ? undefined
        : clock.after(expiresAt - clock.now(), () => this.drop('expired'))
  }

  /**
   * The session is about to be killed, in its turn: from now on nothing of it is taken, nothing but GOODBYE is sent to
   * it, and it cannot be resumed.
   */
  shutOut(): void {
    if (this.#gone) return
    this.#isShutOut = true
    this.#deaf = true
    this.#overflowing = true
    this.#context.resumption.forget(this)
  }

  /**
   * Ends the session with GOODBYE. It is out of all indexes when this returns; the transport is closed when the
   * client has answered, at the latest after `waitMs` (0: at once).
   */
  kill(reason: string = 'wamp.close.killed', message?: string, waitMs: number = 0): void {
    if (this.#gone) return
    if (this.#isShutOut) this.#overflowing = false
    const details: Dict = message === undefined ? emptyDict : { message }
    const sent = this.send({ type: GOODBYE, details, reason })
    if (!sent) this.send({ type: GOODBYE, details: emptyDict, reason })
    this.leave()
    if (waitMs === 0) this.#transport.close('goodbye')
    else
      this.#endGoodbye = this.#context.clock.after(waitMs, () => this.#transport.close('timeout'))
  }

  /** The client's GOODBYE has come, as an answer to ours or by itself. */
  #goodbye(): void {
    this.#endGoodbye?.()
    if (!this.#gone) {
      this.send({ type: GOODBYE, details: emptyDict, reason: 'wamp.close.goodbye_and_out' })
      this.leave()
    }
    this.#holder.parted()
  }

  /** Closes the transport without a word: clients take it for a lost connection and come again. */
  drop(reason: CloseReason): void {
    if (this.#gone) return
    this.leave()
    this.#transport.close(reason)
  }

  /** Takes the session out of everything that knows it, in one step. Later calls do nothing. */
  leave(): void {
    if (this.#gone) return
    this.#gone = true
    this.#deaf = true
    this.#endExpiry?.()
    this.#parking.clear()
    this.#context.resumption.forget(this)
    this.realm.left(this)
  }

  /** The transport is gone. Where the client may come back the session waits for it, else it ends. */
  lost(): void {
    this.#endGoodbye?.()
    if (this.#gone) return
    if (!this.#overflowing && this.#context.resumption.keep(this)) this.#detach()
    else this.leave()
  }

  #detach(): void {
    this.#detached = new DetachedTransport(this.#transport, this.#context.limits.resumeBytes)
    this.#transport = this.#detached
    this.realm.detached(this)
  }

  /**
   * The client is back, over another transport; the one before is closed, if it is not lost yet. `welcome` sends
   * WELCOME, which comes before what was kept for the client. Rights are decided anew, as the transport is another.
   */
  resume(transport: Transport, holder: SessionHolder, welcome: () => void): void {
    if (this.#detached === undefined) {
      this.#holder.replaced()
      this.#detach()
    }
    const kept = this.#detached?.framesFor(transport) ?? []
    this.#detached = undefined
    this.#transport = transport
    this.#holder = holder
    this.#parking.moved()
    this.#principal = { ...this.#principal }
    this.#forgetDecisions()
    this.#context.resumption.attached(this)
    welcome()
    for (const frame of kept) {
      if (this.#gone) return
      if (this.#sendFrame(frame, RESULT)) continue
      const text = 'a message that was kept is longer than the client takes now'
      return this.abort('wamp.error.payload_size_exceeded', text)
    }
    this.drained()
  }
}

/** The rest of what may wait is left for answers. */
const pushedShare = 0.75

/** What others have sent to a session, which cannot help it. */
function isPushed(type: number): boolean {
  return type === EVENT || type === INVOCATION
}

/** Short, and once: for an invocation that was sent, or at the end of all. */
function isAlwaysSent(type: number): boolean {
  return type === INTERRUPT || type === ABORT || type === GOODBYE
}
