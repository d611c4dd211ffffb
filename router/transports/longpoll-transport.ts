import type { IncomingMessage } from 'node:http'
import type { PeerFacts } from '../access.ts'
import type { Flushable } from '../outbox.ts'
import type { Router } from '../router.ts'
import type { CloseReason, Transport, TransportSink } from '../transport.ts'
import type { Framing } from '../wire/batch.ts'
import type { Serializer } from '../wire/serializer.ts'
import type { Subprotocol } from '../wire/subprotocols.ts'
import { readBody, reply, type Exchange } from './http-exchange.ts'

const contentTypes: Readonly<Record<Serializer['name'], string>> = {
  json: 'application/json',
  msgpack: 'application/x-msgpack',
  cbor: 'application/cbor',
}

/** One long-poll connection: however many HTTP requests, told together by an id that only the client knows. */
export class LongPollTransport implements Transport, Flushable {
  readonly serializer: Serializer
  readonly subprotocol: string
  readonly peer: PeerFacts
  readonly maxFrameBytes: number = Infinity
  readonly #router: Router
  readonly #framing: Framing
  readonly #ended: () => void
  #sink: TransportSink | undefined
  /** Messages that no `receive` has fetched yet. */
  #queue: Buffer[] = []
  #queuedBytes = 0
  /** Of answers that are on their way. */
  #leavingBytes = 0
  #sentFrames = 0
  #touched = false
  /** The `receive` that waits for a message. */
  #hanging: Exchange | undefined
  #endHanging: (() => void) | undefined
  #endIdle: (() => void) | undefined
  /** The `send` requests that are not answered, in the order in which they came. */
  readonly #sends: Exchange[] = []
  #paused = false
  #resumed: (() => void) | undefined
  #closeReason: CloseReason | undefined
  #endClosing: (() => void) | undefined
  #gone = false

  /** `ended` is called once, when requests for it shall not come here any more. */
  constructor(
    router: Router,
    peer: PeerFacts,
    { name, serializer, framing }: Subprotocol,
    ended: () => void,
  ) {
    this.#router = router
    this.peer = peer
    this.serializer = serializer
    this.subprotocol = name
    this.#framing = framing
    this.#ended = ended
  }

  /** Joins the transport to the router. `false`: refused. */
  open(): boolean {
    this.#sink = this.#router.attach(this)
    if (this.#sink === undefined) return false
    this.#expectReceive()
    return true
  }

  get pendingBytes(): number {
    return this.#queuedBytes + this.#leavingBytes
  }

  send(frame: Buffer): void {
    if (this.#closeReason !== undefined) return
    this.#queue.push(frame)
    this.#queuedBytes += frame.length
    this.#sentFrames++
    if (this.#touched) return
    this.#touched = true
    this.#router.outbox.touch(this)
  }

  flush(): void {
    this.#touched = false
    this.#deliver()
  }

  pause(): void {
    this.#paused = this.#closeReason === undefined
  }

  resume(): void {
    this.#paused = false
    this.#resumed?.()
  }

  close(reason: CloseReason): void {
    if (this.#closeReason !== undefined) return
    this.#closeReason = reason
    this.resume()
    // What does not fetch its messages will not fetch the last ones either.
    if (reason === 'dead' || reason === 'slow_consumer') return this.#end()
    if (this.pendingBytes === 0) return this.#end()
    this.#endClosing = this.#router.clock.after(this.#router.limits.goodbyeMs, () => this.#end())
  }

  /** The client closes in order. */
  leave(): void {
    this.#closeReason ??= 'goodbye'
    this.#end()
  }

  /**
   * Answers with what waits for the client, or as soon as something does. One hangs at a time: a client whose
   * connection broke comes again before we know, and whatever still hangs is answered with 204.
   */
  receive(exchange: Exchange): void {
    exchange.request.resume()
    this.#answerHanging()
    this.#endIdle?.()
    this.#hanging = exchange
    const { clock, limits } = this.#router
    this.#endHanging = clock.after(limits.longPollReceiveMs, () => this.#answerHanging())
    exchange.response.once('close', () => {
      if (this.#hanging?.response === exchange.response) this.#forgetHanging()
    })
    this.#deliver()
  }

  /** Takes the messages of a `send` request, after those of the requests before it. */
  take(exchange: Exchange): void {
    if (this.#sends.length >= this.#router.limits.longPollSends) {
      exchange.request.resume()
      return reply(exchange, 400, `more than ${this.#router.limits.longPollSends} unanswered sends`)
    }
    this.#sends.push(exchange)
    if (this.#sends.length === 1) void this.#takeAll()
  }

  async #takeAll(): Promise<void> {
    for (let send = this.#sends[0]; send !== undefined; send = this.#sends[0]) {
      const [status, text] = await this.#takeOne(send.request)
      // Back pressure: a client that waits for its answer, as it must to keep the order, sends nothing meanwhile.
      await this.#ready()
      reply(send, status, text)
      this.#sends.shift()
    }
  }

  /** Resolves as soon as the engine listens. */
  async #ready(): Promise<void> {
    while (this.#paused) await new Promise<void>((resolve) => (this.#resumed = resolve))
  }

  async #takeOne(request: IncomingMessage): Promise<readonly [number, string]> {
    await this.#ready()
    if (this.#closeReason !== undefined) {
      request.resume()
      return [400, `the transport is closed: ${this.#closeReason}`]
    }
    // A batch may have as many bytes as one message may, and the framing of one.
    const allowed = (this.#sink?.maxMessageBytes ?? 0) + this.#framing.overheadBytes
    const body = await readBody(request, allowed)
    if (body === undefined) return [400, 'the body did not come in whole']
    if (typeof body === 'number') {
      this.#sink?.tooLong(body)
      return [413, `more than ${allowed} bytes`]
    }
    const sentBefore = this.#sentFrames
    try {
      for (const frame of this.#framing.split(body)) {
        // A batch of many thousand tiny messages is not taken apart for who does not listen.
        if (this.#paused) await this.#ready()
        // Nobody listens any more: the rest is not worth the work.
        if (this.#isClosed()) break
        this.#sink?.receive(frame)
      }
    } catch (error) {
      this.#sink?.fail(error instanceof Error ? error.message : String(error))
    }
    // An ABORT of the client itself is one without an answer, and no error.
    const refused = this.#isClosedFor('aborted') && this.#sentFrames > sentBefore
    return refused ? [400, 'refused with ABORT, which waits to be received'] : [202, '']
  }

  #isClosed(): boolean {
    return this.#closeReason !== undefined
  }

  #isClosedFor(reason: CloseReason): boolean {
    return this.#closeReason === reason
  }

  /** Gives what waits to the `receive` that hangs. */
  #deliver(): void {
    const exchange = this.#hanging
    if (exchange === undefined) return
    const frames = this.#framing.batched ? this.#queue.splice(0) : this.#queue.splice(0, 1)
    if (frames.length === 0) return
    this.#forgetHanging()
    const bytes = frames.reduce((sum, frame) => sum + frame.length, 0)
    this.#queuedBytes -= bytes
    this.#leavingBytes += bytes
    const { response } = exchange
    let whole = false
    response.once('close', () => this.#left(bytes, whole))
    const body = this.#framing.join(frames)
    reply(exchange, 200, body, contentTypes[this.serializer.name], () => (whole = true))
    this.#expectReceive()
  }

  #left(bytes: number, whole: boolean): void {
    this.#leavingBytes -= bytes
    if (this.#gone) return
    // Broken off in the middle: what it got of it nobody knows, and a message that is lost must not go unnoticed.
    if (!whole) return this.#lost()
    this.#sink?.drained()
    if (this.#closeReason !== undefined && this.pendingBytes === 0) this.#end()
  }

  /** Nothing came meanwhile: the client asks again. */
  #answerHanging(): void {
    const exchange = this.#hanging
    if (exchange === undefined) return
    this.#forgetHanging()
    reply(exchange, 204, '')
  }

  #forgetHanging(): void {
    this.#hanging = undefined
    this.#endHanging?.()
    this.#expectReceive()
  }

  #expectReceive(): void {
    this.#endIdle?.()
    if (this.#gone) return
    const { clock, limits } = this.#router
    this.#endIdle = clock.after(limits.longPollIdleMs, () => this.#lost())
  }

  #lost(): void {
    this.#closeReason ??= 'dead'
    this.#end()
  }

  #end(): void {
    if (this.#gone) return
    this.#gone = true
    this.#endIdle?.()
    this.#endHanging?.()
    this.#endClosing?.()
    this.#queue = []
    this.#queuedBytes = 0
    const hanging = this.#hanging
    this.#hanging = undefined
    if (hanging !== undefined) reply(hanging, 404, `the transport is closed: ${this.#closeReason}`)
    this.resume()
    this.#ended()
    // The engine may be what closes, and must not find itself changed when we return.
    const sink = this.#sink
    if (sink !== undefined) process.nextTick(() => sink.closed())
  }
}
