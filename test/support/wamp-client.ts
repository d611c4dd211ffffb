import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { connect as connectTls, type ConnectionOptions } from 'node:tls'
import { decode, encode } from '@msgpack/msgpack'
import { decode as decodeCbor, encode as encodeCbor } from 'cborg'
import WebSocket from 'ws'
import { batchOf, messagesOf } from './batch.ts'
import type { Line } from './line.ts'
import { longPollLine } from './longpoll-line.ts'
import { RequestIds } from './request-ids.ts'

/** A message in its array form, as it is on the wire. */
export type Wire = unknown[]

export type Format = 'json' | 'msgpack' | 'cbor'

/** All four roles, with no feature. */
export const allRoles = { publisher: {}, subscriber: {}, caller: {}, callee: {} }

const codecs = {
  json: {
    write: (message: Wire): Buffer => Buffer.from(JSON.stringify(message)),
    read: (bytes: Buffer): Wire => JSON.parse(bytes.toString()) as Wire,
  },
  msgpack: {
    write: (message: Wire): Buffer => Buffer.from(encode(message)),
    read: (bytes: Buffer): Wire => decode(bytes) as Wire,
  },
  cbor: {
    write: (message: Wire): Buffer => Buffer.from(encodeCbor(message)),
    read: (bytes: Buffer): Wire => exact(decodeCbor(bytes)) as Wire,
  },
}

const rawSocketIds = { json: 1, msgpack: 2, cbor: 3 }

/** With numbers for 2^53 and -2^53, for which cborg has bigints. */
function exact(value: unknown): unknown {
  if (typeof value === 'bigint')
    return value === 2n ** 53n || value === -(2n ** 53n) ? Number(value) : value
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value
  const items = value as Record<string, unknown>
  for (const key of Object.keys(items)) items[key] = exact(items[key])
  return items
}

/** What a connection is besides its format. */
export interface LineOptions {
  /** Several messages may travel in one (not for RawSocket). */
  readonly batched?: boolean
  readonly tls?: ConnectionOptions
}

/**
 * A WAMP client that does what it is told and nothing by itself, with codecs that are not ours:
 * for tests that must say exactly what goes over the wire.
 */
export class WampClient {
  readonly format: Format
  readonly #line: Line
  readonly #received: Buffer[] = []
  readonly #waiting: { take: (frame: Buffer) => void; fail: (error: Error) => void }[] = []
  /** Resolves when the transport is gone, with its close code where it has one. */
  readonly closed: Promise<number>
  #isClosed = false
  /** Id of the session that it joined last; 0 before. */
  session = 0
  /** Called for each message before it is queued; `true`: taken. */
  intercept: ((message: Wire) => boolean) | undefined
  /** Request ids go over the wire as the test gives them, and come back so. Else see `RequestIds`. */
  rawIds = false
  readonly #ids = new RequestIds()

  private constructor(format: Format, line: Line) {
    this.format = format
    this.#line = line
    this.closed = line.closed.then((code) => {
      this.#isClosed = true
      for (const { fail } of this.#waiting.splice(0)) {
        fail(new Error(`no message came: the transport is closed (${code})`))
      }
      return code
    })
  }

  static async webSocket(
    url: string,
    format: Format = 'json',
    { batched = false, tls }: LineOptions = {},
  ): Promise<WampClient> {
    const webSocket = new WebSocket(url, `wamp.2.${format}${batched ? '.batched' : ''}`, tls)
    const closed = new Promise<number>((resolve) => webSocket.once('close', resolve))
    // Both at once: 'open' comes in the tick of 'upgrade'.
    const opening = Promise.all([once(webSocket, 'upgrade'), once(webSocket, 'open')])
    // Messages may come with the answer to the handshake.
    const early: Buffer[] = []
    let take = (frame: Buffer): void => void early.push(frame)
    webSocket.on('message', (data) => {
      const frames = batched ? messagesOf(format, data as Buffer) : [data as Buffer]
      for (const frame of frames) take(frame)
    })
    const [[response]] = (await opening) as [[{ socket: Socket }], unknown]
    webSocket.on('error', () => undefined)
    const client = new WampClient(format, {
      write: (bytes) =>
        webSocket.send(batched ? batchOf(format, bytes) : bytes, { binary: format !== 'json' }),
      end: () => webSocket.close(),
      destroy: () => webSocket.terminate(),
      socket: response.socket,
      closed,
    })
    take = (frame) => client.#take(frame)
    early.forEach(take)
    return client
  }

  static async longPoll(
    base: string,
    format: Format = 'json',
    { batched = false, tls }: LineOptions = {},
  ): Promise<WampClient> {
    const early: Buffer[] = []
    let take = (frame: Buffer): void => void early.push(frame)
    const line = await longPollLine(base, { format, batched, tls }, (frame) => take(frame))
    const client = new WampClient(format, line)
    take = (frame) => client.#take(frame)
    early.forEach(take)
    return client
  }

  static async rawSocket(
    target: { port: number } | { path: string },
    format: Format = 'json',
    lengthNibble = 15,
    { tls }: Pick<LineOptions, 'tls'> = {},
  ): Promise<WampClient> {
    const place =
      'path' in target ? { path: target.path } : { port: target.port, host: '127.0.0.1' }
    const socket: Socket =
      tls === undefined ? connect(place) : connectTls({ ...place, ...tls, servername: 'localhost' })
    await once(socket, tls === undefined ? 'connect' : 'secureConnect')
    socket.setNoDelay(true)
    const closed = new Promise<number>((resolve) => socket.once('close', () => resolve(0)))
    socket.on('error', () => undefined)
    const client = new WampClient(format, {
      write: (bytes) => {
        const prefix = Buffer.alloc(4)
        prefix.writeUInt32BE(bytes.length)
        socket.write(Buffer.concat([prefix, bytes]))
      },
      end: () => socket.end(),
      destroy: () => socket.destroy(),
      socket,
      closed,
    })
    socket.write(Buffer.of(0x7f, (lengthNibble << 4) | rawSocketIds[format], 0, 0))
    let chunks: Buffer[] = []
    let kept = 0
    let needed = 4
    let welcomed = false
    socket.on('data', (chunk: Buffer) => {
      chunks.push(chunk)
      kept += chunk.length
      if (kept < needed) return
      let pending = Buffer.concat(chunks)
      needed = 4
      if (!welcomed) {
        welcomed = true
        pending = pending.subarray(4)
      }
      while (pending.length >= 4) {
        const header = pending.readUInt32BE(0)
        const length = header & 0x08000000 ? 2 ** 24 : header & 0xffffff
        if (pending.length < 4 + length) {
          needed = 4 + length
          break
        }
        if ((header >>> 24) % 8 === 0) client.#take(pending.subarray(4, 4 + length))
        pending = pending.subarray(4 + length)
      }
      chunks = [pending]
      kept = pending.length
    })
    return client
  }

  #take(frame: Buffer): void {
    if (this.intercept?.(this.#read(frame))) return
    const waiting = this.#waiting.shift()
    if (waiting === undefined) this.#received.push(frame)
    else waiting.take(frame)
  }

  #read(frame: Buffer): Wire {
    const message = codecs[this.format].read(frame)
    return this.rawIds ? message : this.#ids.received(message)
  }

  send(message: Wire): void {
    const sent = this.rawIds ? message : this.#ids.sent(message)
    this.#line.write(codecs[this.format].write(sent))
  }

  /** Sends bytes as one message, whatever they are. */
  sendBytes(bytes: Buffer): void {
    this.#line.write(bytes)
  }

  /** The next message that was not taken yet, as it came. Rejects when none comes within `waitMs`. */
  nextBytes(waitMs = 3_000): Promise<Buffer> {
    const received = this.#received.shift()
    if (received !== undefined) return Promise.resolve(received)
    if (this.#isClosed) return Promise.reject(new Error('no message came: the transport is closed'))
    return new Promise((resolve, reject) => {
      const waiting = {
        take: (frame: Buffer): void => {
          clearTimeout(timer)
          resolve(frame)
        },
        fail: (error: Error): void => {
          clearTimeout(timer)
          reject(error)
        },
      }
      const timer = setTimeout(() => {
        this.#waiting.splice(this.#waiting.indexOf(waiting), 1)
        reject(new Error(`no message came within ${waitMs} ms`))
      }, waitMs)
      this.#waiting.push(waiting)
    })
  }

  /** The next message that was not taken yet. Rejects when none comes within `waitMs`. */
  async next(waitMs?: number): Promise<Wire> {
    return this.#read(await this.nextBytes(waitMs))
  }

  /** The next `count` messages. */
  async take(count: number): Promise<Wire[]> {
    const messages: Wire[] = []
    while (messages.length < count) messages.push(await this.next())
    return messages
  }

  /** Messages that came and were not taken. */
  get pending(): readonly Wire[] {
    return this.#received.map((frame) => this.#read(frame))
  }

  /** Sends a message and takes the next one that comes. */
  ask(message: Wire): Promise<Wire> {
    this.send(message)
    return this.next()
  }

  /** HELLO; resolves with the WELCOME. */
  async join(realm = 'realm1', details: Record<string, unknown> = {}): Promise<Wire> {
    const answer = await this.ask([1, realm, { roles: allRoles, ...details }])
    if (answer[0] !== 2) throw new Error(`not welcome: ${JSON.stringify(answer)}`)
    this.session = answer[1] as number
    return answer
  }

  /** REGISTER; resolves with the id of the registration. */
  async register(procedure: string, request = 1): Promise<number> {
    const answer = await this.ask([64, request, {}, procedure])
    if (answer[0] !== 65) throw new Error(`not registered: ${JSON.stringify(answer)}`)
    return answer[2] as number
  }

  /** SUBSCRIBE; resolves with the id of the subscription. */
  async subscribe(topic: string, options = {}, request = 1): Promise<number> {
    const answer = await this.ask([32, request, options, topic])
    if (answer[0] !== 33) throw new Error(`not subscribed: ${JSON.stringify(answer)}`)
    return answer[2] as number
  }

  /** From now on answers every INVOCATION with a YIELD of its arguments. */
  echo(): void {
    this.intercept = (message) => {
      if (message[0] !== 68) return false
      this.send([70, message[1], {}, ...message.slice(4)])
      return true
    }
  }

  /**
   * Resolves when the router has handled all that was sent before, with the messages that came until then: a round
   * trip through an unknown subscription, which leaves nothing behind.
   */
  async settle(request = 9_000_000): Promise<Wire[]> {
    this.send([34, request, 9_007_199_254_740_991])
    const before: Wire[] = []
    for (;;) {
      const message = await this.next()
      if (message[0] === 8 && message[1] === 34 && message[2] === request) return before
      before.push(message)
    }
  }

  /** Sends messages in one write, so that they come in together. */
  sendTogether(messages: readonly Wire[]): void {
    const { socket } = this.#line
    socket?.cork()
    for (const message of messages) this.send(message)
    socket?.uncork()
  }

  /** What carries it, where that is one socket: for what TLS knows of it. */
  get socket(): Socket | undefined {
    return this.#line.socket
  }

  /** The port of our end, by which a router knows us. */
  get port(): number | undefined {
    return this.#line.socket?.localPort
  }

  /** Stops reading from the socket. */
  pause(): void {
    this.#line.socket?.pause()
  }

  resume(): void {
    this.#line.socket?.resume()
  }

  /** Closes the transport in order. */
  close(): void {
    this.#line.end()
  }

  /** Breaks the connection off, as a lost network does. */
  drop(): void {
    this.#line.destroy()
  }
}
