import { isUtf8 } from 'node:buffer'
import type { IncomingMessage, Server } from 'node:http'
import type { Socket } from 'node:net'
import type { PeerFacts } from '../access.ts'
import type { Router } from '../router.ts'
import type { CloseReason, OutgoingSpace, Transport, TransportSink } from '../transport.ts'
import {
  bare,
  webSocketBinary,
  webSocketClose,
  webSocketPing,
  webSocketPong,
  webSocketText,
  withHead,
  type FrameHead,
} from '../wire/frame-head.ts'
import { opcodes } from '../wire/opcodes.ts'
import type { Serializer } from '../wire/serializer.ts'
import type { Subprotocol } from '../wire/subprotocols.ts'
import type { Framing } from '../wire/batch.ts'
import { IncomingBatches, OutgoingBatch } from './batches.ts'
import { requestFacts, socketFacts } from './facts.ts'
import { cookieFor } from './given-cookie.ts'
import { OddFrames, type OddFramesSink } from './odd-frames.ts'
import {
  handshakeAnswer,
  handshakeFault,
  offeredSubprotocol,
  type HandshakeFault,
} from './opening-handshake.ts'
import { cookiesCount, originAllowed } from './origin.ts'
import { expectTaking } from './sign-of-life.ts'
import { SocketWriter } from './socket-writer.ts'
import { WebSocketReader, type WebSocketReaderSink } from './websocket-reader.ts'

/** Options of a WebSocket endpoint. */
export interface WebSocketOptions {
  /** Path of the endpoint on its HTTP server, for instance `/ws`. */
  readonly path: string
  /** The name that the server listens on: a page under it is our own. */
  readonly host?: string
  /**
   * Origins of web pages that may connect, besides our own (see origin.ts): `*` for any. A browser always says from
   * which page a connection comes, so a foreign page cannot use its reader's network position.
   */
  readonly origins?: readonly string[]
}

/**
 * Close codes of WebSocket (RFC 6455, 7.4.1) by our reasons; the reason itself goes along as text. Who does not read is
 * told nothing.
 */
const closeCodes: Readonly<Record<Exclude<CloseReason, 'dead' | 'slow_consumer'>, number>> = {
  goodbye: 1000,
  aborted: 1002,
  timeout: 1008,
  expired: 1008,
  replaced: 1008,
  shutdown: 1001,
  overload: 1013,
}

const noContent = Buffer.alloc(0)
const emptyPing: Buffer = withHead(noContent, webSocketPing)

/** WAMP over WebSocket on an HTTP server (rfc/text/basic/building_blocks.md, WebSocket Transport). */
export class WebSocketEndpoint {
  readonly #router: Router
  readonly #options: WebSocketOptions
  readonly #transports = new Set<WebSocketTransport>()
  readonly #pings: NodeJS.Timeout

  constructor(router: Router, options: WebSocketOptions) {
    this.#router = router
    this.#options = options
    this.#pings = setInterval(() => this.#ping(), router.limits.pingMs)
    this.#pings.unref()
  }

  /** Serves the upgrades of `http` that are for this path; others are refused with 404. */
  attach(http: Server): void {
    http.on('upgrade', (request, socket, head) => this.#upgrade(request, socket as Socket, head))
  }

  /** Stops the pings. Connections are the router's to close. */
  close(): void {
    clearInterval(this.#pings)
  }

  #upgrade(request: IncomingMessage, socket: Socket, head: Buffer): void {
    socket.on('error', destroy)
    const { headers, url = '' } = request
    const { path, host, origins = [] } = this.#options
    if (url !== path && url.split('?', 1)[0] !== path) return refuse(socket, notFound)
    if (!originAllowed(headers, host, origins)) return refuse(socket, forbidden)
    const fault = handshakeFault(request)
    if (fault !== undefined) return refuse(socket, fault)
    const subprotocol = offeredSubprotocol(headers['sec-websocket-protocol'])
    // Without a common subprotocol the opening handshake fails; the client is not left to guess.
    if (subprotocol === undefined) return refuse(socket, badRequest)
    // The client has ended its side already.
    if (!socket.readable || !socket.writable) return void socket.destroy()
    const takesCookies = cookiesCount(headers, host, origins)
    const facts = { ...socketFacts(socket), ...requestFacts(request, takesCookies) }
    const given = takesCookies ? cookieFor(this.#router, facts) : undefined
    const peer: PeerFacts = {
      transport: 'websocket',
      operator: false,
      ...facts,
      ...(given !== undefined && { givenCookie: given.value }),
    }
    socket.write(handshakeAnswer(request, subprotocol.name, given?.header), 'latin1')
    new WebSocketTransport(socket, subprotocol, peer, this.#router).open(head, this.#transports)
  }

  #ping(): void {
    for (const transport of this.#transports) transport.ping()
  }
}

const badRequest: HandshakeFault = { status: 400, text: 'Bad Request' }
const forbidden: HandshakeFault = { status: 403, text: 'Forbidden' }
const notFound: HandshakeFault = { status: 404, text: 'Not Found' }

function refuse(socket: Socket, { status, text, headers = '' }: HandshakeFault): void {
  // HTTP sockets may stay half open: who does not close its side is not waited for.
  socket.once('finish', destroy)
  socket.end(
    `HTTP/1.1 ${status} ${text}\r\n${headers}Connection: close\r\nContent-Length: 0\r\n\r\n`,
  )
}

function destroy(this: Socket): void {
  this.destroy()
}

/**
 * One WebSocket connection. Whole messages and control frames are read and written by us (see websocket-reader.ts and
 * wire/frame-head.ts), the rest by `ws` (see odd-frames.ts). Without the objects, streams and listeners that `ws` has
 * for each connection a session joins and leaves at 0.6 of the cost, and an idle one takes 0.6 of the memory.
 */
class WebSocketTransport implements Transport, WebSocketReaderSink, OddFramesSink {
  readonly serializer: Serializer
  readonly head: FrameHead
  readonly #messageHead: FrameHead
  readonly peer: PeerFacts
  readonly maxFrameBytes: number = Infinity
  readonly #socket: Socket
  readonly #router: Router
  readonly #writer: SocketWriter
  readonly #reader: WebSocketReader
  readonly subprotocol: string
  readonly #framing: Framing
  /** Absent where each message is by itself. */
  #outgoing: OutgoingBatch | undefined
  #incoming: IncomingBatches | undefined
  #odd: OddFrames | undefined
  #sink: TransportSink | undefined
  #unanswered = 0
  #paused = false
  #closing = false
  #endClosing: (() => void) | undefined

  constructor(
    socket: Socket,
    { name, serializer, framing }: Subprotocol,
    peer: PeerFacts,
    router: Router,
  ) {
    this.#socket = socket
    this.#router = router
    this.serializer = serializer
    this.peer = peer
    this.#writer = new SocketWriter(socket, router.outbox)
    this.#reader = new WebSocketReader(this)
    this.#messageHead = serializer.binary ? webSocketBinary : webSocketText
    // Those of a batch have none: it has one for all of them.
    this.head = framing.batched ? bare : this.#messageHead
    this.subprotocol = name
    this.#framing = framing
  }

  /**
   * Joins the transport to the router, or has it refused.
   * @param head what came behind the request
   * @param open where it is found as long as it is there
   */
  open(head: Buffer, open: Set<WebSocketTransport>): void {
    const socket = this.#socket
    open.add(this)
    socket.setTimeout(0)
    socket.on('close', () => {
      open.delete(this)
      this.#endClosing?.()
      this.#sink?.closed()
    })
    socket.on('end', () => this.#ended())
    this.#sink = this.#router.attach(this)
    if (this.#sink !== undefined && this.#framing.batched) this.#batch(this.#sink)
    if (head.length > 0) socket.unshift(head)
    socket.on('data', (chunk: Buffer) => this.#reader.receive(chunk))
    socket.on('drain', () => {
      this.#unanswered = 0
      this.#sink?.drained()
    })
  }

  #batch(sink: TransportSink): void {
    const { outbox, limits } = this.#router
    const write = (batch: Buffer): void => this.#writer.write(withHead(batch, this.#messageHead))
    this.#outgoing = new OutgoingBatch(this.#framing, outbox, limits.batchBytes, write)
    const listens = (): boolean => this.listens && !this.#closing
    this.#incoming = new IncomingBatches(this.#framing, sink, listens)
  }

  get pendingBytes(): number {
    return this.#writer.pendingBytes + (this.#outgoing?.bytes ?? 0)
  }

  get maxMessageBytes(): number {
    return (this.#sink?.maxMessageBytes ?? 0) + this.#framing.overheadBytes
  }

  get listens(): boolean {
    return !this.#paused
  }

  get outgoing(): OutgoingSpace | undefined {
    return this.#closing || this.#framing.batched ? undefined : this.#writer
  }

  send(frame: Buffer): void {
    if (this.#closing) return
    if (this.#outgoing === undefined) this.#writer.write(frame)
    else this.#outgoing.add(frame)
  }

  pause(): void {
    this.#paused = true
    this.#socket.pause()
  }

  resume(): void {
    this.#paused = false
    this.#socket.resume()
    this.#incoming?.take()
    this.#reader.take()
  }

  close(reason: CloseReason): void {
    if (this.#closing) return
    this.#closing = true
    // What does not read will not read a close frame either.
    if (reason === 'dead' || reason === 'slow_consumer') return void this.#socket.destroy()
    this.#outgoing?.flush()
    const content = Buffer.allocUnsafe(2 + reason.length)
    content.writeUInt16BE(closeCodes[reason])
    content.write(reason, 2, 'latin1')
    this.#writer.write(withHead(content, webSocketClose))
    this.#writer.flush()
    this.resume()
    this.#endLater()
  }

  /** Who neither closes its side nor takes what is waiting for it is not waited for. */
  #endLater(): void {
    const { clock, limits } = this.#router
    this.#endClosing ??= clock.after(limits.goodbyeMs, () => this.#socket.destroy())
  }

  /** Asks a silent peer for a sign of life; two without an answer and it is gone. */
  ping(): void {
    if (this.#closing) return
    if (this.#paused || this.#socket.writableLength > 0) return this.#awaitTaking()
    if (this.#unanswered >= 2) return this.close('dead')
    this.#unanswered++
    this.#writer.write(emptyPing)
  }

  /** It is not listened to, or has much to take: that it is silent says nothing. */
  #awaitTaking(): void {
    this.#unanswered = 0
    expectTaking(this.#socket, 2 * this.#router.limits.pingMs, () => this.close('dead'))
  }

  message(isBinary: boolean, bytes: Buffer, start = 0, stop = bytes.length): void {
    this.#unanswered = 0
    if (this.#closing) return
    if (isBinary === this.serializer.binary) {
      if (this.#incoming === undefined) this.#sink?.receive(bytes, start, stop)
      else this.#incoming.receive(bytes.subarray(start, stop))
      return
    }
    const found = isBinary ? 'binary' : 'text'
    this.#sink?.fail(`a ${found} message on subprotocol ${this.subprotocol}`)
  }

  control(opcode: number, content: Buffer): void {
    this.#unanswered = 0
    if (opcode === opcodes.close) this.#concluded(content)
    else if (opcode === opcodes.ping) this.#pinged(content)
  }

  #pinged(content: Buffer): void {
    if (this.#closing) return
    // A peer that asks and asks and never reads would have us keep all the answers.
    if (this.pendingBytes > this.#router.limits.pendingBytes) return this.close('slow_consumer')
    this.#writer.write(withHead(content, webSocketPong))
  }

  /** The client closes, or answers our closing: then it is over, as soon as what is waiting for it has gone out. */
  #concluded(content: Buffer): void {
    if (!this.#closing) {
      if (!isClosing(content))
        return this.forbidden(
          'a close frame without a code that there is, or with a reason that is not UTF-8',
        )
      this.#closing = true
      this.#outgoing?.flush()
      this.#writer.write(withHead(content, webSocketClose))
    }
    this.#writer.flush()
    // What the system has taken goes out all the same. TLS has a word of its own to say before.
    if (this.pendingBytes === 0 && this.peer.encrypted !== true) return void this.#socket.destroy()
    this.#endLater()
    this.#socket.destroySoon()
  }

  /** The client ended its side, with or without a close frame before. Sockets of HTTP may stay half open. */
  #ended(): void {
    this.#closing = true
    this.#writer.flush()
    if (!this.#socket.writableEnded) this.#socket.end()
    if (this.pendingBytes > 0) this.#endLater()
  }

  other(bytes: Buffer, isEnd: boolean): void {
    // A long message may take longer than a ping is waited for, and a pong cannot come in the middle of a frame.
    this.#unanswered = 0
    this.#odd ??= new OddFrames(this)
    this.#odd.take(bytes, isEnd)
  }

  /** The rest of it stays unread. */
  tooLong(bytes: number): void {
    if (!this.#closing) this.#sink?.tooLong(bytes)
    this.#socket.pause()
    this.#socket.end()
  }

  /** Frames that are no frames are a violation too. Nothing that comes is read, so nobody's closing is waited for. */
  forbidden(message: string): void {
    this.#reader.end()
    this.#sink?.fail(message)
    this.#socket.end()
  }
}

/** Whether a close frame has no content, or a code that may be sent (RFC 6455, 7.4) and a reason that is text. */
function isClosing(content: Buffer): boolean {
  if (content.length < 2) return content.length === 0
  if (!isUtf8(content.subarray(2))) return false
  const code = content.readUInt16BE(0)
  if (code >= 3_000) return code < 5_000
  return code >= 1_000 && code <= 1_014 && (code < 1_004 || code > 1_006)
}
