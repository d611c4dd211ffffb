import assert from 'node:assert/strict'
import type { PeerFacts } from '../../router/access.ts'
import type { Router } from '../../router/router.ts'
import type { CloseReason, Transport, TransportSink } from '../../router/transport.ts'
import { json } from '../../router/wire/json.ts'
import type { Serializer } from '../../router/wire/serializer.ts'
import { RequestIds } from './request-ids.ts'
import { allRoles, type Wire } from './wamp-client.ts'

/** What a memory client may be like. */
export interface MemoryOptions {
  readonly serializer?: Serializer
  readonly address?: string
  /** Instead of an address. */
  readonly facts?: PeerFacts
  readonly maxFrameBytes?: number
}

/**
 * A client without a socket: what it sends is routed before `send` returns, and what it is sent lies in `received`.
 * For tests in which the order of things, or the time, is all. JSON only, whatever its serializer adds to that.
 */
export class MemoryClient implements Transport {
  readonly serializer: Serializer
  readonly peer: PeerFacts
  readonly maxFrameBytes: number
  /** What a peer that does not read has waiting for it. */
  pendingBytes = 0
  /** Whether the router reads from it. */
  paused = false
  closedFor: CloseReason | undefined
  received: Wire[] = []
  /** Request ids go to the router as the test gives them, and come back so. Else see `RequestIds`. */
  rawIds = false
  readonly #ids = new RequestIds()
  readonly #sink: TransportSink | undefined

  constructor(router: Router, options: MemoryOptions = {}) {
    this.serializer = options.serializer ?? json
    this.maxFrameBytes = options.maxFrameBytes ?? Infinity
    const address = options.address ?? 'memory'
    this.peer = options.facts ?? { transport: 'local', address, operator: false }
    this.#sink = router.attach(this)
  }

  /** A client that has joined. */
  static join(
    router: Router,
    realm = 'realm1',
    details: Record<string, unknown> = {},
    options?: MemoryOptions,
  ): MemoryClient {
    const client = new MemoryClient(router, options)
    const [welcome] = client.ask([1, realm, { roles: allRoles, ...details }])
    assert.equal(welcome?.[0], 2, JSON.stringify(welcome))
    return client
  }

  /** Whether the router took it. */
  get attached(): boolean {
    return this.#sink !== undefined
  }

  send(frame: Buffer): void
  send(message: Wire): void
  send(content: Buffer | Wire): void {
    if (Buffer.isBuffer(content)) {
      const message = JSON.parse(content.toString()) as Wire
      this.received.push(this.rawIds ? message : this.#ids.received(message))
    } else {
      const message = this.rawIds ? content : this.#ids.sent(content)
      this.#sink?.receive(Buffer.from(JSON.stringify(message)))
    }
  }

  /** Sends a message; returns what came in answer to it in the same step. */
  ask(message: Wire): Wire[] {
    this.take()
    this.send(message)
    return this.take()
  }

  /** What came since it was last asked. */
  take(): Wire[] {
    const { received } = this
    this.received = []
    return received
  }

  pause(): void {
    this.paused = true
  }

  resume(): void {
    this.paused = false
  }

  close(reason: CloseReason): void {
    if (this.closedFor !== undefined) return
    this.closedFor = reason
    setImmediate(() => this.#sink?.closed())
  }

  /** It has taken all that was waiting. */
  drain(): void {
    this.pendingBytes = 0
    this.#sink?.drained()
  }

  /** The connection is lost. */
  lose(): void {
    if (this.closedFor === undefined) this.#sink?.closed()
    this.closedFor ??= 'dead'
  }
}
