import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { connect as connectTls, type ConnectionOptions } from 'node:tls'
import {
  framePrefix,
  pingFrame,
  pongFrame,
  RawFrameReader,
  regularFrame,
} from './rawsocket-frames.ts'
import type { WebSocketClass, WebSocketLike } from './wire.ts'

/** Where a router listens: a Unix socket, or TCP, there with TLS if `tls` is given (`{}`: as the system trusts). */
export type RawSocketPlace =
  | { readonly path: string }
  | {
      readonly host: string
      readonly port: number
      /** The authority to trust, and a certificate of one's own. */
      readonly tls?: Pick<ConnectionOptions, 'ca' | 'cert' | 'key' | 'servername'>
    }

export interface RawSocketLimits {
  /** The router's answer to the handshake. Default 5,000. */
  readonly handshakeTimeoutMs?: number
  /** An end that the router does not answer. Default 2,000. */
  readonly closeTimeoutMs?: number
}

const magic = 0x7f
/** We take frames of up to 2^(15 + 9) octets, the most there is. */
const ownLength = 15
const serializerIds: Readonly<Record<string, number>> = {
  'wamp.2.json': 1,
  'wamp.2.msgpack': 2,
  'wamp.2.cbor': 3,
}
const refusals: Readonly<Record<number, string>> = {
  1: 'it does not speak this serializer',
  2: 'it does not take frames of this length',
  3: 'reserved bits were used',
  4: 'it has too many connections',
}

/** readyState of a WebSocket. */
const connecting = 0
const open = 1
const closing = 2
const closed = 3

/**
 * A class in the shape of a browser's WebSocket that speaks RawSocket: for `webSocket` of our clients and for `ws`
 * of wampy. It goes to `place`, whatever URL it is given (wampy wants one that begins with `ws://`). Node only.
 */
export function rawSocketClass(
  place: RawSocketPlace,
  limits: RawSocketLimits = {},
): WebSocketClass {
  return class extends RawSocket {
    constructor(_url: string, protocols: string | readonly string[]) {
      super(place, protocols, limits)
    }
  }
}

type EventListener = ((event: never) => void) | null

class RawSocket implements WebSocketLike {
  binaryType = 'arraybuffer'
  onopen: EventListener = null
  onmessage: EventListener = null
  onclose: EventListener = null
  onerror: EventListener = null
  readonly #socket: Socket
  readonly #protocol: string
  readonly #serializerId: number
  readonly #reader = new RawFrameReader(2 ** (ownLength + 9))
  readonly #closeTimeoutMs: number
  #timer: NodeJS.Timeout
  #longestFrameBytes = 0
  #readyState = connecting
  #failure = ''

  constructor(
    place: RawSocketPlace,
    protocols: string | readonly string[],
    { handshakeTimeoutMs = 5_000, closeTimeoutMs = 2_000 }: RawSocketLimits,
  ) {
    const [protocol = ''] = typeof protocols === 'string' ? [protocols] : protocols
    const serializerId = serializerIds[protocol]
    if (serializerId === undefined) {
      const allowed = Object.keys(serializerIds).join(', ')
      throw new SyntaxError(`RawSocket: the protocol is "${protocol}"; allowed are ${allowed}`)
    }
    this.#protocol = protocol
    this.#serializerId = serializerId
    this.#closeTimeoutMs = closeTimeoutMs
    this.#timer = setTimeout(
      () => this.#fail(`RawSocket: no handshake in ${handshakeTimeoutMs} ms`),
      handshakeTimeoutMs,
    )
    const tls = 'tls' in place ? place.tls : undefined
    this.#socket = tls === undefined ? connect({ ...place }) : connectTls({ ...place, ...tls })
    this.#socket.setNoDelay(true)
    this.#socket.on(tls === undefined ? 'connect' : 'secureConnect', () => {
      this.#socket.write(Buffer.of(magic, (ownLength << 4) | serializerId, 0, 0))
    })
    this.#socket.on('data', (chunk) => this.#data(chunk))
    this.#socket.on('error', (error) => this.#fail(error.message))
    this.#socket.on('close', () => this.#closed())
  }

  get readyState(): number {
    return this.#readyState
  }

  /** As of a WebSocket, empty until the handshake is over. */
  get protocol(): string {
    return this.#readyState === connecting ? '' : this.#protocol
  }

  /** Bytes that the router has not taken yet. */
  get bufferedAmount(): number {
    return this.#socket.writableLength
  }

  /** @throws Error before the handshake is over, and for a message longer than the router takes */
  send(data: string | ArrayBuffer | Uint8Array): void {
    if (this.#readyState === connecting) throw new Error('RawSocket: not open yet')
    if (this.#readyState !== open) return
    const frame = bytesOf(data)
    if (frame.length > this.#longestFrameBytes)
      throw new Error(
        `RawSocket: a message of ${frame.length} bytes; the router takes ${this.#longestFrameBytes}`,
      )
    this.#write(regularFrame, frame)
  }

  close(): void {
    if (this.#readyState >= closing) return
    if (this.#readyState === connecting) return this.terminate()
    this.#readyState = closing
    this.#socket.end()
    this.#timer = setTimeout(() => this.#socket.destroy(), this.#closeTimeoutMs)
  }

  terminate(): void {
    if (this.#readyState < closing) this.#readyState = closing
    this.#socket.destroy()
  }

  #data(chunk: Buffer): void {
    try {
      this.#reader.push(chunk)
      if (this.#readyState === connecting) this.#handshake()
      while (this.#readyState === open) {
        const frame = this.#reader.frame()
        if (frame === undefined) return
        if (frame.kind === regularFrame) this.#message(frame.content)
        else if (frame.kind === pingFrame) this.#write(pongFrame, frame.content)
      }
    } catch (error) {
      this.#fail(error instanceof Error ? error.message : String(error))
    }
  }

  #handshake(): void {
    const answer = this.#reader.handshake()
    if (answer === undefined) return
    const [first = 0, second = 0, third = 0, fourth = 0] = answer
    if (first !== magic) throw new Error('RawSocket: the other end speaks something else')
    const serializerId = second & 0x0f
    const code = second >> 4
    if (serializerId === 0)
      throw new Error(`RawSocket: the router refused (${refusals[code] ?? `code ${code}`})`)
    if (serializerId !== this.#serializerId || third !== 0 || fourth !== 0)
      throw new Error(`RawSocket: the router answered 0x${answer.toString('hex')}`)
    clearTimeout(this.#timer)
    this.#longestFrameBytes = 2 ** (code + 9)
    this.#readyState = open
    this.#tell(this.onopen, { type: 'open' })
  }

  #message(content: Buffer): void {
    const isText = this.#protocol === 'wamp.2.json'
    // A copy with a buffer of its own: that of the content is shared with other frames.
    const data = isText ? content.toString('utf8') : new Uint8Array(content).buffer
    this.#tell(this.onmessage, { type: 'message', data })
  }

  #write(kind: number, content: Uint8Array): void {
    this.#socket.cork()
    this.#socket.write(framePrefix(kind, content.length))
    this.#socket.write(content)
    process.nextTick(() => this.#socket.uncork())
  }

  #fail(message: string): void {
    if (this.#readyState === closed) return
    this.#failure ||= message
    this.#readyState = closing
    this.#socket.destroy()
  }

  #closed(): void {
    clearTimeout(this.#timer)
    this.#readyState = closed
    const reason = this.#failure
    if (reason !== '') this.#tell(this.onerror, { type: 'error', message: reason })
    this.#tell(this.onclose, { type: 'close', code: reason === '' ? 1000 : 1006, reason })
  }

  #tell(listener: EventListener, event: object): void {
    const tell = listener as ((event: object) => void) | null
    tell?.(event)
  }
}

function bytesOf(data: string | ArrayBuffer | Uint8Array): Uint8Array {
  if (typeof data === 'string') return Buffer.from(data, 'utf8')
  return data instanceof Uint8Array ? data : new Uint8Array(data)
}
