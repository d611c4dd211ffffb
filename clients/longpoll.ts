import http from 'node:http'
import https from 'node:https'
import type { ConnectionOptions } from 'node:tls'
import type { WebSocketClass, WebSocketLike } from './wire.ts'

export interface LongPollOptions {
  /** For `https`: the authority to trust, and a certificate of one's own. Default: those of the system, and none. */
  readonly tls?: Pick<ConnectionOptions, 'ca' | 'cert' | 'key'>
  /**
   * The answer to a request. Default 60,000: the router lets a request for messages hang for 25 seconds, and whoever
   * sets that higher sets this higher, too.
   */
  readonly answerTimeoutMs?: number
  /** The longest message taken. Default 16 MiB. */
  readonly maxMessageBytes?: number
}

/** readyState of a WebSocket. */
const connecting = 0
const open = 1
const closing = 2
const closed = 3

/**
 * A class in the shape of a browser's WebSocket that speaks WAMP over HTTP requests, for networks that let nothing else
 * through: for `webSocket` of our clients and for `ws` of wampy. It goes to `base`, for instance
 * `https://house.example/lp`, whatever URL it is given (wampy wants one that begins with `ws://`). Node only.
 */
export function longPollClass(base: string, options: LongPollOptions = {}): WebSocketClass {
  return class extends LongPoll {
    constructor(_url: string, protocols: string | readonly string[]) {
      super(base, protocols, options)
    }
  }
}

interface Answer {
  readonly status: number
  readonly body: Buffer
}

type EventListener = ((event: never) => void) | null

class LongPoll implements WebSocketLike {
  binaryType = 'arraybuffer'
  onopen: EventListener = null
  onmessage: EventListener = null
  onclose: EventListener = null
  onerror: EventListener = null
  readonly #base: string
  readonly #tls: LongPollOptions['tls']
  readonly #answerTimeoutMs: number
  readonly #maxMessageBytes: number
  readonly #agent: http.Agent
  readonly #protocols: readonly string[]
  /** Messages that have not been sent, in their order: the next leaves when the router has taken the one before. */
  readonly #unsent: Buffer[] = []
  #sending = false
  #protocol = ''
  #transport = ''
  #readyState = connecting
  #bufferedBytes = 0

  constructor(
    base: string,
    protocols: string | readonly string[],
    { tls, answerTimeoutMs = 60_000, maxMessageBytes = 2 ** 24 }: LongPollOptions,
  ) {
    this.#base = base.replace(/\/$/, '')
    this.#protocols = typeof protocols === 'string' ? [protocols] : protocols
    this.#tls = tls
    this.#answerTimeoutMs = answerTimeoutMs
    this.#maxMessageBytes = maxMessageBytes
    this.#agent = new (this.#isSecure ? https : http).Agent({ keepAlive: true, ...tls })
    // The listeners are given after the construction.
    setImmediate(() => void this.#run())
  }

  get #isSecure(): boolean {
    return this.#base.startsWith('https:')
  }

  get readyState(): number {
    return this.#readyState
  }

  /** As of a WebSocket, empty until the router has answered. */
  get protocol(): string {
    return this.#protocol
  }

  /** Bytes that the router has not taken yet. */
  get bufferedAmount(): number {
    return this.#bufferedBytes
  }

  /** @throws Error before the router has answered */
  send(data: string | ArrayBuffer | Uint8Array): void {
    if (this.#readyState === connecting) throw new Error('long-poll: not open yet')
    if (this.#readyState !== open) return
    const message = bytesOf(data)
    this.#unsent.push(message)
    this.#bufferedBytes += message.length
    void this.#sendAll()
  }

  /** Sends what was not sent, then closes. */
  close(): void {
    if (this.#readyState >= closing) return
    if (this.#readyState === connecting) return this.terminate()
    this.#readyState = closing
    void this.#sendAll()
  }

  terminate(): void {
    this.#end('')
  }

  async #run(): Promise<void> {
    try {
      await this.#open()
      while (this.#readyState < closed) {
        const { status, body } = await this.#ask('receive')
        if (this.#readyState === closed) return
        if (status === 200) this.#message(body)
        // The transport is over, as we wanted or as the router did: that is how it says so.
        else if (status === 404) this.#end('')
        else if (status !== 204) throw refusal('receive', { status, body })
      }
    } catch (error) {
      this.#end(error instanceof Error ? error.message : String(error))
    }
  }

  async #open(): Promise<void> {
    const wish = Buffer.from(JSON.stringify({ protocols: this.#protocols }))
    const answer = await this.#ask('open', wish)
    if (answer.status !== 200) throw refusal('open', answer)
    const { protocol, transport } = JSON.parse(answer.body.toString()) as Record<string, unknown>
    if (typeof transport !== 'string' || typeof protocol !== 'string')
      throw new Error('long-poll: the router answered open without protocol and transport')
    if (!this.#protocols.includes(protocol))
      throw new Error(`long-poll: the router chose ${protocol}, which was not offered`)
    if (this.#readyState === closed) return
    this.#protocol = protocol
    this.#transport = `${encodeURIComponent(transport)}/`
    this.#readyState = open
    this.#tell(this.onopen, { type: 'open' })
  }

  async #sendAll(): Promise<void> {
    if (this.#sending) return
    this.#sending = true
    try {
      for (let next = this.#unsent[0]; next !== undefined; next = this.#unsent[0]) {
        const answer = await this.#ask('send', next)
        if (this.#readyState === closed) return
        // Whatever the router has to say of a message that it refuses comes with the messages received.
        if (answer.status >= 500) throw refusal('send', answer)
        this.#unsent.shift()
        this.#bufferedBytes -= next.length
      }
      if (this.#readyState === closing) {
        await this.#ask('close')
        this.#end('')
      }
    } catch (error) {
      this.#end(error instanceof Error ? error.message : String(error))
    } finally {
      this.#sending = false
    }
  }

  #message(body: Buffer): void {
    const isText = this.#protocol === 'wamp.2.json'
    const data = isText ? body.toString('utf8') : new Uint8Array(body).buffer
    this.#tell(this.onmessage, { type: 'message', data })
  }

  #ask(
    verb: 'open' | 'receive' | 'send' | 'close',
    body: Buffer = Buffer.alloc(0),
  ): Promise<Answer> {
    const url = `${this.#base}/${verb === 'open' ? '' : this.#transport}${verb}`
    return new Promise((resolve, reject) => {
      const request = (this.#isSecure ? https : http).request(url, {
        method: 'POST',
        agent: this.#agent,
        headers: { 'content-length': body.length },
        ...this.#tls,
      })
      const fail = (message: string): void => {
        reject(new Error(`long-poll: ${message}`))
        request.destroy()
      }
      const timer = setTimeout(
        () => fail(`no answer in ${this.#answerTimeoutMs} ms`),
        this.#answerTimeoutMs,
      )
      request.on('close', () => clearTimeout(timer))
      request.on('error', reject)
      request.on('response', (response) => {
        const chunks: Buffer[] = []
        let bytes = 0
        response.on('data', (chunk: Buffer) => {
          bytes += chunk.length
          if (bytes <= this.#maxMessageBytes) chunks.push(chunk)
          else fail(`a message of more than ${this.#maxMessageBytes} bytes`)
        })
        response.on('error', reject)
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks) }),
        )
      })
      request.end(body)
    })
  }

  #end(failure: string): void {
    if (this.#readyState === closed) return
    this.#readyState = closed
    this.#unsent.length = 0
    this.#bufferedBytes = 0
    this.#agent.destroy()
    if (failure !== '') this.#tell(this.onerror, { type: 'error', message: failure })
    this.#tell(this.onclose, { type: 'close', code: failure === '' ? 1000 : 1006, reason: failure })
  }

  #tell(listener: EventListener, event: object): void {
    const tell = listener as ((event: object) => void) | null
    tell?.(event)
  }
}

function refusal(verb: string, { status, body }: Answer): Error {
  const text = body.toString().trim().slice(0, 200)
  return new Error(`long-poll: the router answered ${verb} with ${status}${text && ` (${text})`}`)
}

function bytesOf(data: string | ArrayBuffer | Uint8Array): Buffer {
  return typeof data === 'string' ? Buffer.from(data, 'utf8') : Buffer.from(new Uint8Array(data))
}
