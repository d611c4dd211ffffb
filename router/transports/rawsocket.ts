import { createServer, type Server, type Socket } from 'node:net'
import type { PeerFacts } from '../access.ts'
import type { Router } from '../router.ts'
import type {
  CloseReason,
  Listener,
  OutgoingSpace,
  Transport,
  TransportSink,
} from '../transport.ts'
import {
  extendedLengthBit,
  longestRawSocketBytes,
  rawSocket,
  withHead,
  type FrameHead,
} from '../wire/frame-head.ts'
import type { Serializer } from '../wire/serializer.ts'
import { serializerForRawSocket } from '../wire/serializers.ts'
import { socketFacts } from './facts.ts'
import { expectTaking } from './sign-of-life.ts'
import { SocketWriter } from './socket-writer.ts'

/** Where to listen: TCP, or a Unix socket at `path`. */
export interface RawSocketOptions {
  readonly host?: string
  readonly port?: number
  readonly path?: string
  /** Whoever can open this Unix socket is the operator. */
  readonly operator?: boolean
}

const magic = 0x7f
/** Error codes of the handshake (rfc/text/advanced/transport_rawsocket.md). */
const serializerUnsupported = 1
const lengthUnacceptable = 2
const reservedBitsUsed = 3
const connectionLimit = 4

const regularFrame = 0
const pingFrame = 1
const pongFrame = 2
const noContent = Buffer.alloc(0)

/** So many pieces of a frame are kept before they are joined: a peer that sends byte by byte costs no more memory. */
const mostChunks = 256

/** WAMP over RawSocket, on sockets that are handed to it (rfc/text/advanced/transport_rawsocket.md). */
export class RawSocketEndpoint {
  readonly #router: Router
  readonly #operator: boolean
  readonly #transports = new Set<RawSocketTransport>()
  readonly #pings: NodeJS.Timeout
  #closed = false

  constructor(router: Router, { operator = false }: Pick<RawSocketOptions, 'operator'> = {}) {
    this.#router = router
    this.#operator = operator
    this.#pings = setInterval(() => {
      for (const transport of this.#transports) transport.ping()
    }, router.limits.pingMs)
    this.#pings.unref()
  }

  /** Takes a connection that nobody has read from. `leave`: ends its count among those that have not joined. */
  accept(socket: Socket, leave: (() => void) | undefined = this.#enter(socket)): void {
    if (leave === undefined) return refuse(socket, this.#router)
    if (this.#closed) {
      leave()
      return void socket.destroy()
    }
    const transport = new RawSocketTransport(socket, this.#router, this.#operator, leave)
    this.#transports.add(transport)
    socket.once('close', () => this.#transports.delete(transport))
  }

  /** Tells a connection that there are too many (error code 4 of the handshake). */
  refuse(socket: Socket): void {
    refuse(socket, this.#router)
  }

  #enter(socket: Socket): (() => void) | undefined {
    return this.#router.enter(socket.remoteAddress ?? '', () => socket.destroy())
  }

  /** Takes no more and ends those still in their handshake. The others are the router's to close. */
  close(): void {
    this.#closed = true
    clearInterval(this.#pings)
    for (const transport of this.#transports) transport.giveUp()
  }
}

/** WAMP over RawSocket on a port or Unix socket of its own. */
export async function listenRawSocket(
  router: Router,
  options: RawSocketOptions,
): Promise<Listener> {
  const endpoint = new RawSocketEndpoint(router, options)
  const server: Server = createServer({ noDelay: true }, (socket) => endpoint.accept(socket))
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(
        options.path === undefined
          ? { host: options.host ?? '127.0.0.1', port: options.port ?? 0 }
          : { path: options.path },
        () => {
          server.off('error', reject)
          resolve()
        },
      )
    })
  } catch (error) {
    endpoint.close()
    throw error
  }
  const bound = server.address()
  const address =
    typeof bound === 'string' || bound === null
      ? `unix:${options.path}`
      : `tcp://${bound.family === 'IPv6' ? `[${bound.address}]` : bound.address}:${bound.port}`
  return {
    address,
    close: () => {
      // Its callback would wait for connections, which are the router's to close.
      server.close()
      endpoint.close()
      return Promise.resolve()
    },
  }
}

/** One too many: it is told so and ends with whatever it says, or soon. */
function refuse(socket: Socket, { clock, limits }: Router): void {
  const endWaiting = clock.after(limits.goodbyeMs, () => socket.destroy())
  socket.on('error', () => socket.destroy())
  socket.once('data', () => socket.destroy())
  socket.once('close', endWaiting)
  socket.end(handshakeError(connectionLimit))
}

function handshakeError(code: number): Buffer {
  return Buffer.of(magic, code << 4, 0, 0)
}

/**
 * The exponent for our LENGTH: the smallest that lets a message of `bytes` in. What is longer than the engine takes,
 * yet not longer than that, is answered with ABORT by the engine.
 */
function lengthNibble(bytes: number): number {
  let nibble = 0
  while (nibble < 15 && 2 ** (nibble + 9) < bytes) nibble++
  return nibble
}

class RawSocketTransport implements Transport {
  readonly head: FrameHead = rawSocket
  readonly peer: PeerFacts
  readonly #socket: Socket
  readonly #router: Router
  readonly #writer: SocketWriter
  readonly #maxReceiveBytes: number
  #serializer: Serializer | undefined
  #maxFrameBytes = 0
  #sink: TransportSink | undefined
  #endEntering: () => void
  #endHandshake: () => void
  #endClosing: (() => void) | undefined
  /**
   * What came and has not been looked at, from `#at` on, and pieces behind it that are not joined to it yet. Frames are
   * taken where they lie, without a view of the rest after each (1.3 times the calls).
   */
  #bytes: Buffer | undefined
  #at = 0
  #pieces: Buffer[] = []
  #piecesBytes = 0
  /** How many bytes make the next step: the handshake, a prefix, or a prefix and its frame. */
  #neededBytes = 4
  #reading = false
  #unanswered = 0
  #paused = false
  #closing = false

  constructor(socket: Socket, router: Router, operator: boolean, leave: () => void) {
    this.#socket = socket
    this.#router = router
    this.#writer = new SocketWriter(socket, router.outbox)
    this.#maxReceiveBytes = 2 ** (lengthNibble(router.limits.messageBytes) + 9)
    this.peer = { transport: 'rawsocket', operator, ...socketFacts(socket) }
    this.#endEntering = leave
    this.#endHandshake = router.clock.after(router.limits.joinMs, () => socket.destroy())
    socket.on('data', (chunk) => this.#data(chunk))
    socket.on('drain', () => {
      this.#unanswered = 0
      this.#sink?.drained()
    })
    socket.on('error', () => socket.destroy())
    socket.on('close', () => {
      this.#endEntering()
      this.#endHandshake()
      this.#endClosing?.()
      this.#sink?.closed()
    })
  }

  get serializer(): Serializer {
    if (this.#serializer === undefined) throw new Error('the handshake is not over')
    return this.#serializer
  }

  get maxFrameBytes(): number {
    return this.#maxFrameBytes
  }

  get pendingBytes(): number {
    return this.#writer.pendingBytes
  }

  get outgoing(): OutgoingSpace | undefined {
    return this.#closing ? undefined : this.#writer
  }

  send(frame: Buffer): void {
    if (this.#closing) return
    this.#writer.write(frame)
  }

  pause(): void {
    this.#paused = true
    this.#socket.pause()
  }

  resume(): void {
    if (!this.#paused) return
    this.#paused = false
    this.#socket.resume()
    this.#read()
  }

  close(reason: CloseReason): void {
    if (this.#closing) return
    this.#closing = true
    if (reason === 'dead' || reason === 'slow_consumer') {
      this.#socket.destroy()
      return
    }
    this.#writer.flush()
    // Refused before our answer to the handshake: that answer has a code for it.
    if (reason === 'overload' && this.#sink === undefined) {
      return this.#end(handshakeError(connectionLimit))
    }
    this.#end()
  }

  /** Ends a connection that is still in its handshake. */
  giveUp(): void {
    if (this.#sink === undefined) this.#destroy(0)
  }

  /** Asks a silent peer for a sign of life; two without an answer and it is gone. */
  ping(): void {
    if (this.#sink === undefined || this.#closing) return
    if (this.#paused || this.#socket.writableLength > 0) return this.#awaitTaking()
    if (this.#unanswered >= 2) return this.close('dead')
    this.#unanswered++
    this.#writer.write(controlFrame(pingFrame, noContent))
  }

  /** It is not listened to, or has much to take: that it is silent says nothing. */
  #awaitTaking(): void {
    this.#unanswered = 0
    expectTaking(this.#socket, 2 * this.#router.limits.pingMs, () => this.close('dead'))
  }

  #data(chunk: Buffer): void {
    if (this.#closing) return
    this.#unanswered = 0
    if (this.#bytes === undefined) this.#bytes = chunk
    else {
      this.#pieces.push(chunk)
      this.#piecesBytes += chunk.length
      if (this.#pieces.length >= mostChunks) this.#join()
    }
    this.#read()
  }

  /** All that came, in one piece. */
  #join(): void {
    const first = this.#bytes?.subarray(this.#at) ?? noContent
    this.#bytes = Buffer.concat([first, ...this.#pieces])
    this.#at = 0
    this.#pieces = []
    this.#piecesBytes = 0
  }

  #read(): void {
    // Who is given a frame may begin to listen again meanwhile.
    if (this.#reading) return
    this.#reading = true
    try {
      while (this.#takeAll() || this.#joinEnough());
    } finally {
      this.#reading = false
    }
  }

  /** Takes what is whole and wanted out of the first piece. Returns whether it is used up and there is another one. */
  #takeAll(): boolean {
    const bytes = this.#bytes
    if (bytes === undefined) return false
    let at = this.#at
    this.#neededBytes = 4
    while (!this.#paused && !this.#closing && bytes.length - at >= 4) {
      const next =
        this.#serializer === undefined ? this.#handshake(bytes, at) : this.#frame(bytes, at)
      if (next === at) break
      at = next
    }
    this.#at = at
    if (at < bytes.length) return false
    this.#bytes = this.#pieces.shift()
    this.#piecesBytes -= this.#bytes?.length ?? 0
    this.#at = 0
    return this.#bytes !== undefined
  }

  /** Whether pieces were joined that make the next step. */
  #joinEnough(): boolean {
    if (this.#paused || this.#closing || this.#bytes === undefined) return false
    const bytes = this.#bytes.length - this.#at + this.#piecesBytes
    if (this.#pieces.length === 0 || bytes < this.#neededBytes) return false
    this.#join()
    return true
  }

  /** Returns where what follows it begins; `at` itself: the connection ends. */
  #handshake(bytes: Buffer, at: number): number {
    const [first = 0, second = 0, third = 0, fourth = 0] = bytes.subarray(at, at + 4)
    const serializerId = second & 0x0f
    if (first !== magic || serializerId === 0) return this.#destroy(at)
    if (third !== 0 || fourth !== 0) return this.#refuse(reservedBitsUsed, at)
    const serializer = serializerForRawSocket(serializerId)
    if (serializer === undefined) return this.#refuse(serializerUnsupported, at)
    const maxFrameBytes = 2 ** ((second >> 4) + 9)
    if (maxFrameBytes < this.#router.limits.rawSocketBytes)
      return this.#refuse(lengthUnacceptable, at)
    this.#serializer = serializer
    this.#maxFrameBytes = maxFrameBytes + rawSocket.room(maxFrameBytes)
    this.#endHandshake()
    this.#endEntering()
    this.#sink = this.#router.attach(this)
    if (this.#sink === undefined) return at
    const length = lengthNibble(this.#router.limits.messageBytes)
    this.#socket.write(Buffer.of(magic, (length << 4) | serializerId, 0, 0))
    return at + 4
  }

  /** Takes the frame that begins at `at`. Returns where the next one does; `at` itself: it is not here whole. */
  #frame(bytes: Buffer, at: number): number {
    const first = bytes[at] ?? 0
    const announced =
      ((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0)
    const extended = (first & extendedLengthBit) !== 0
    const kind = first & ~extendedLengthBit
    const length = extended ? longestRawSocketBytes : announced
    // Reserved bits, kinds 3 to 7, and a length beside the bit that stands for one: fail the connection.
    const isFrame = kind <= pongFrame && !(extended && announced !== 0)
    if (!isFrame || length > this.#maxReceiveBytes) return this.#destroy(at)
    if (length > (this.#sink?.maxMessageBytes ?? 0)) {
      this.#sink?.tooLong(length)
      // Whose session waits for the answer to our GOODBYE is not aborted any more, and the frame would stay in the way.
      return this.#closing ? at : this.#destroy(at)
    }
    const start = at + 4
    const stop = start + length
    if (bytes.length < stop) {
      this.#neededBytes = 4 + length
      return at
    }
    if (kind === regularFrame) this.#sink?.receive(bytes, start, stop)
    else if (kind === pingFrame) this.#pong(bytes.subarray(start, stop))
    return stop
  }

  #pong(content: Buffer): void {
    // A peer that asks and asks and never reads would have us keep all the answers.
    if (this.pendingBytes > this.#router.limits.pendingBytes) return this.close('slow_consumer')
    this.#writer.write(controlFrame(pongFrame, content))
  }

  /** Answers the handshake with an error code and closes. Reached before there is a session. */
  #refuse(code: number, at: number): number {
    this.#closing = true
    this.#end(handshakeError(code))
    return at
  }

  #end(lastWords: Buffer = Buffer.alloc(0)): void {
    this.#socket.resume()
    this.#socket.end(lastWords)
    // A peer that does not close its side is not waited for.
    const { clock, limits } = this.#router
    this.#endClosing = clock.after(limits.goodbyeMs, () => this.#socket.destroy())
  }

  #destroy(at: number): number {
    this.#closing = true
    this.#socket.destroy()
    return at
  }
}

function controlFrame(kind: number, content: Buffer): Buffer {
  const frame = withHead(content, rawSocket)
  frame[0] = (frame[0] ?? 0) | kind
  return frame
}
