import type { IncomingMessage, Server } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { WebSocketServer, type WebSocket } from 'ws'
import type { PeerFacts } from '../access.ts'
import type { Router } from '../router.ts'
import type { CloseReason, Transport, TransportSink } from '../transport.ts'
import {
  bare,
  webSocketBinary,
  webSocketText,
  withHead,
  type FrameHead,
} from '../wire/frame-head.ts'
import type { Serializer } from '../wire/serializer.ts'
import { chooseSubprotocol, type Subprotocol } from '../wire/subprotocols.ts'
import type { Framing } from '../wire/batch.ts'
import { IncomingBatches, OutgoingBatch } from './batches.ts'
import { requestFacts, socketFacts } from './facts.ts'
import { cookieFor, type GivenCookie } from './given-cookie.ts'
import { cookiesCount, originAllowed } from './origin.ts'
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

/** Close codes of WebSocket (RFC 6455, 7.4.1) by our reasons; the reason itself goes along as text. */
const closeCodes: Readonly<Record<CloseReason, number>> = {
  goodbye: 1000,
  aborted: 1002,
  timeout: 1008,
  dead: 1001,
  slow_consumer: 1013,
  expired: 1008,
  replaced: 1008,
  shutdown: 1001,
  overload: 1013,
}

/** WAMP over WebSocket on an HTTP server (rfc/text/basic/building_blocks.md, WebSocket Transport). */
export class WebSocketEndpoint {
  readonly #router: Router
  readonly #options: WebSocketOptions
  readonly #server: WebSocketServer
  readonly #transports = new Set<WebSocketTransport>()
  /** Cookies that are to go out with the answer to an upgrade. */
  readonly #given = new WeakMap<IncomingMessage, GivenCookie>()
  readonly #pings: NodeJS.Timeout

  constructor(router: Router, options: WebSocketOptions) {
    this.#router = router
    this.#options = options
    this.#server = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      // Bounded by us: a close frame of ws would come before the ABORT that tells what was wrong.
      maxPayload: 0,
      // The JSON codec looks at every byte anyway, and answers with ABORT.
      skipUTF8Validation: true,
      autoPong: false,
      handleProtocols: (offered) => chooseSubprotocol(offered)?.name ?? false,
    })
    this.#server.on('headers', (headers, request) => {
      const given = this.#given.get(request)
      if (given !== undefined) headers.push(`Set-Cookie: ${given.header}`)
    })
    this.#pings = setInterval(() => this.#ping(), router.limits.pingMs)
    this.#pings.unref()
  }

  /** Serves the upgrades of `http` that are for this path; others are refused with 404. */
  attach(http: Server): void {
    http.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head))
  }

  /** Stops the pings. Connections are the router's to close. */
  close(): void {
    clearInterval(this.#pings)
    this.#server.close()
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => socket.destroy())
    const path = (request.url ?? '').split('?', 1)[0]
    if (path !== this.#options.path) return refuse(socket, 404, 'Not Found')
    const { host, origins = [] } = this.#options
    if (!originAllowed(request.headers, host, origins)) return refuse(socket, 403, 'Forbidden')
    const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',')
    const subprotocol = chooseSubprotocol(offered.map((name) => name.trim()))
    // Without a common subprotocol the opening handshake fails; the client is not left to guess.
    if (subprotocol === undefined) return refuse(socket, 400, 'Bad Request')
    const takesCookies = cookiesCount(request.headers, host, origins)
    const asked = requestFacts(request, takesCookies)
    const givenCookie = takesCookies ? this.#giveCookie(request, asked) : undefined
    const facts = { ...asked, ...(givenCookie !== undefined && { givenCookie }) }
    this.#server.handleUpgrade(request, socket, head, (webSocket) => {
      const transport = new WebSocketTransport(webSocket, request, subprotocol, this.#router, facts)
      if (!transport.open()) return
      this.#transports.add(transport)
      webSocket.once('close', () => this.#transports.delete(transport))
    })
  }

  #giveCookie(request: IncomingMessage, asked: Pick<PeerFacts, 'cookies'>): string | undefined {
    if (this.#router.cookies === undefined) return undefined
    const given = cookieFor(this.#router, { ...socketFacts(request.socket), ...asked })
    if (given !== undefined) this.#given.set(request, given)
    return given?.value
  }

  #ping(): void {
    for (const transport of this.#transports) transport.ping()
  }
}

function refuse(socket: Duplex, status: number, text: string): void {
  // HTTP sockets may stay half open: who does not close its side is not waited for.
  socket.once('finish', () => socket.destroy())
  socket.end(`HTTP/1.1 ${status} ${text}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
}

/**
 * One WebSocket connection. `ws` does its opening and closing, and all that is not a whole message in one frame; those
 * are read and written by us (see websocket-reader.ts and wire/frame-head.ts).
 */
class WebSocketTransport implements Transport, WebSocketReaderSink {
  readonly serializer: Serializer
  readonly head: FrameHead
  readonly #messageHead: FrameHead
  readonly peer: PeerFacts
  readonly maxFrameBytes: number = Infinity
  readonly #webSocket: WebSocket
  readonly #socket: Socket
  readonly #router: Router
  readonly #writer: SocketWriter
  readonly #reader: WebSocketReader
  /** The listener by which `ws` takes what its socket brings. */
  readonly #giveToWs: (chunk: Buffer) => void
  readonly subprotocol: string
  readonly #framing: Framing
  /** Absent where each message is by itself. */
  #outgoing: OutgoingBatch | undefined
  #incoming: IncomingBatches | undefined
  #sink: TransportSink | undefined
  #unanswered = 0
  #paused = false
  #closing = false
  #endClosing: (() => void) | undefined

  constructor(
    webSocket: WebSocket,
    request: IncomingMessage,
    { name, serializer, framing }: Subprotocol,
    router: Router,
    facts: Pick<PeerFacts, 'cookies' | 'givenCookie' | 'origin' | 'userAgent'>,
  ) {
    const { socket } = request
    this.#webSocket = webSocket
    this.#socket = socket
    this.#router = router
    this.serializer = serializer
    this.peer = {
      transport: 'websocket',
      operator: false,
      ...socketFacts(socket),
      ...facts,
    }
    this.#writer = new SocketWriter(socket, router.outbox)
    this.#reader = new WebSocketReader(this)
    this.#messageHead = serializer.binary ? webSocketBinary : webSocketText
    // Those of a batch have none: it has one for all of them.
    this.head = framing.batched ? bare : this.#messageHead
    this.#giveToWs = takeListener(socket)
    this.subprotocol = name
    this.#framing = framing
  }

  /** Joins the transport to the router. `false`: refused and closed. */
  open(): boolean {
    this.#webSocket.on('error', (error) => this.#failed(error))
    this.#webSocket.on('close', () => {
      this.#endClosing?.()
      this.#sink?.closed()
    })
    this.#sink = this.#router.attach(this)
    if (this.#sink === undefined) return false
    if (this.#framing.batched) this.#batch(this.#sink)
    this.#webSocket.on('message', (data, isBinary) => this.message(data as Buffer, isBinary))
    this.#webSocket.on('ping', (content) => this.#pinged(content))
    this.#webSocket.on('pong', () => (this.#unanswered = 0))
    this.#socket.on('data', (chunk) => this.#reader.receive(chunk))
    this.#socket.on('drain', () => {
      this.#unanswered = 0
      this.#sink?.drained()
    })
    return true
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
    return (this.#sink?.maxFrameBytes ?? 0) + this.#framing.overheadBytes
  }

  get listens(): boolean {
    return !this.#paused
  }

  send(frame: Buffer): void {
    if (this.#closing) return
    if (this.#outgoing === undefined) this.#writer.write(frame)
    else this.#outgoing.add(frame)
  }

  pause(): void {
    this.#paused = true
    this.#webSocket.pause()
  }

  resume(): void {
    this.#paused = false
    this.#webSocket.resume()
    this.#incoming?.take()
    this.#reader.take()
  }

  close(reason: CloseReason): void {
    if (this.#closing) return
    this.#closing = true
    // What does not read will not read a close frame either.
    if (reason === 'dead' || reason === 'slow_consumer') return this.#webSocket.terminate()
    this.#outgoing?.flush()
    this.#writer.flush()
    this.#webSocket.close(closeCodes[reason], reason)
    this.resume()
    const { clock, limits } = this.#router
    this.#endClosing = clock.after(limits.goodbyeMs, () => this.#webSocket.terminate())
  }

  /** Asks a silent peer for a sign of life; two without an answer and it is gone. */
  ping(): void {
    if (this.#closing) return
    // We do not listen, and it takes what we send: that it is silent says nothing.
    if (this.#paused && this.pendingBytes === 0) return
    if (this.#unanswered >= 2) return this.close('dead')
    this.#unanswered++
    this.#writer.flush()
    this.#webSocket.ping()
  }

  message(data: Buffer, isBinary: boolean): void {
    this.#unanswered = 0
    if (this.#closing) return
    if (isBinary === this.serializer.binary) {
      if (this.#incoming === undefined) this.#sink?.receive(data)
      else this.#incoming.receive(data)
      return
    }
    const found = isBinary ? 'binary' : 'text'
    this.#sink?.fail(`a ${found} message on subprotocol ${this.subprotocol}`)
  }

  #pinged(content: Buffer): void {
    this.#unanswered = 0
    if (this.#closing) return
    // A peer that asks and asks and never reads would have us keep all the answers.
    if (this.pendingBytes > this.#router.limits.pendingBytes) return this.close('slow_consumer')
    this.#writer.flush()
    this.#webSocket.pong(content)
  }

  other(bytes: Buffer): void {
    this.#giveToWs.call(this.#socket, bytes)
  }

  /** The rest of it stays unread. */
  tooLong(bytes: number): void {
    if (!this.#closing) this.#sink?.tooLong(bytes)
    this.#webSocket.pause()
    this.#socket.end()
  }

  /** What ws itself refuses (its frames) is a violation too; ws has sent its close frame already. */
  #failed(error: Error): void {
    this.#reader.end()
    this.#sink?.fail(error.message)
  }
}

/** Takes the listener of `ws` off its socket, which is the newest one: it is to be given what we leave to it. */
function takeListener(socket: Socket): (chunk: Buffer) => void {
  const listener = socket.listeners('data').at(-1) as ((chunk: Buffer) => void) | undefined
  if (listener === undefined) throw new Error('ws does not listen to its socket')
  socket.off('data', listener)
  return listener
}
