import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { decode, encode } from '@msgpack/msgpack'
import WebSocket from 'ws'

/** A message in its array form, as it is on the wire. */
export type Wire = unknown[]

/** All four roles, with no feature. */
export const allRoles = { publisher: {}, subscriber: {}, caller: {}, callee: {} }

type Format = 'json' | 'msgpack'

const formats = {
  json: {
    write: (message: Wire): Buffer => Buffer.from(JSON.stringify(message)),
    read: (bytes: Buffer): Wire => JSON.parse(bytes.toString()) as Wire,
  },
  msgpack: {
    write: (message: Wire): Buffer => Buffer.from(encode(message)),
    read: (bytes: Buffer): Wire => decode(bytes) as Wire,
  },
}

/**
 * A WAMP client that does what it is told and nothing by itself, with codecs that are not ours:
 * for tests that must say exactly what goes over the wire.
 */
export class WampClient {
  readonly #format: Format
  readonly #write: (bytes: Buffer) => void
  readonly #end: () => void
  readonly #received: Wire[] = []
  readonly #waiting: ((message: Wire) => void)[] = []
  /** Resolves when the transport is gone, with its close code where it has one. */
  readonly closed: Promise<number>
  #isClosed = false
  /** Called for each message before it is queued; `true`: taken. */
  intercept: ((message: Wire) => boolean) | undefined

  private constructor(
    format: Format,
    write: (bytes: Buffer) => void,
    end: () => void,
    closed: Promise<number>,
  ) {
    this.#format = format
    this.#write = write
    this.#end = end
    this.closed = closed.then((code) => {
      this.#isClosed = true
      return code
    })
  }

  static async webSocket(url: string, format: Format = 'json'): Promise<WampClient> {
    const socket = new WebSocket(url, `wamp.2.${format}`)
    const closed = new Promise<number>((resolve) => socket.once('close', resolve))
    const client = new WampClient(
      format,
      (bytes) => socket.send(bytes, { binary: format !== 'json' }),
      () => socket.close(),
      closed,
    )
    socket.on('message', (data) => client.#take(data as Buffer))
    await once(socket, 'open')
    socket.on('error', () => undefined)
    return client
  }

  static async rawSocket(
    target: { port: number } | { path: string },
    format: Format = 'json',
    lengthNibble = 15,
  ): Promise<WampClient> {
    const socket: Socket = connect(
      'path' in target ? { path: target.path } : { port: target.port, host: '127.0.0.1' },
    )
    await once(socket, 'connect')
    const closed = new Promise<number>((resolve) => socket.once('close', () => resolve(0)))
    socket.on('error', () => undefined)
    const client = new WampClient(
      format,
      (bytes) => {
        const prefix = Buffer.alloc(4)
        prefix.writeUInt32BE(bytes.length)
        socket.write(Buffer.concat([prefix, bytes]))
      },
      () => socket.end(),
      closed,
    )
    socket.write(Buffer.of(0x7f, (lengthNibble << 4) | (format === 'json' ? 1 : 2), 0, 0))
    let pending: Buffer = Buffer.alloc(0)
    let welcomed = false
    socket.on('data', (chunk: Buffer) => {
      pending = Buffer.concat([pending, chunk])
      if (!welcomed && pending.length >= 4) {
        welcomed = true
        pending = pending.subarray(4)
      }
      while (welcomed && pending.length >= 4) {
        const header = pending.readUInt32BE(0)
        const length = header & 0xffffff
        if (pending.length < 4 + length) return
        if (header >>> 24 === 0) client.#take(pending.subarray(4, 4 + length))
        pending = pending.subarray(4 + length)
      }
    })
    return client
  }

  #take(bytes: Buffer): void {
    const message = formats[this.#format].read(bytes)
    if (this.intercept?.(message)) return
    const waiting = this.#waiting.shift()
    if (waiting === undefined) this.#received.push(message)
    else waiting(message)
  }

  send(message: Wire): void {
    this.#write(formats[this.#format].write(message))
  }

  /** Sends bytes as one message, whatever they are. */
  sendBytes(bytes: Buffer): void {
    this.#write(bytes)
  }

  /** The next message that was not taken yet. Rejects when none comes within `waitMs`. */
  next(waitMs = 3_000): Promise<Wire> {
    const received = this.#received.shift()
    if (received !== undefined) return Promise.resolve(received)
    return new Promise((resolve, reject) => {
      const taken = (message: Wire): void => {
        clearTimeout(timer)
        resolve(message)
      }
      const timer = setTimeout(() => {
        this.#waiting.splice(this.#waiting.indexOf(taken), 1)
        reject(new Error(`no message came${this.#isClosed ? ': the transport is closed' : ''}`))
      }, waitMs)
      this.#waiting.push(taken)
    })
  }

  /** Messages that came and were not taken. */
  get pending(): readonly Wire[] {
    return this.#received
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
    return answer
  }

  /**
   * Resolves when the router has handled all that was sent before: a round trip through an unknown subscription,
   * which leaves nothing behind.
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

  close(): void {
    this.#end()
  }
}
