import { Errors, Wampy } from 'wampy'
import type { Clock } from '../clock.ts'
import type { Credential } from './credential.ts'
import { JoinRefused, SessionLost } from './errors.ts'
import type { Dict } from './errors.ts'
import type { Serializer } from './serializer.ts'
import { Wire } from './wire.ts'
import type { WebSocketClass, WireWatch } from './wire.ts'

export interface JoinOptions {
  readonly url: string
  readonly realm: string
  readonly credential: Credential
  readonly webSocket: WebSocketClass
  readonly serializer: Serializer
  readonly clock: Clock
  readonly joinTimeoutMs: number
  /** Aborted: a join under way is given up. */
  readonly stopped?: AbortSignal
}

type WampyOptions = NonNullable<ConstructorParameters<typeof Wampy>[1]>

const goodbyeType = 6
const abortType = 3

/** A wampy that never reconnects, with its wire: from before there is a connection until it is gone. */
export class Joining {
  readonly wampy: Wampy
  /** Resolves with the reason when the connection is gone. Never rejects. */
  readonly ended: Promise<string>
  readonly #options: JoinOptions
  #wire: Wire | undefined
  #reason: string | undefined
  #farewell = ''
  #markEnded: (reason: string) => void = () => undefined

  constructor(options: JoinOptions) {
    this.#options = options
    this.ended = new Promise((resolve) => {
      this.#markEnded = resolve
    })
    this.wampy = new Wampy(options.url, {
      realm: options.realm,
      autoReconnect: false,
      uriValidation: 'loose',
      serializer: this.#listening(options.serializer),
      ws: this.#wireClass(),
      ...this.#authentication(options.credential),
    })
  }

  /** Why the connection is gone; `undefined` while it stands. */
  get endReason(): string | undefined {
    return this.#reason
  }

  /** Joins. WELCOME.Details. @throws JoinRefused, SessionLost; anything else: there is nothing to connect to */
  async welcome(): Promise<Dict> {
    const { clock, joinTimeoutMs, stopped } = this.#options
    const stop = (): void => this.drop('closed')
    stopped?.addEventListener('abort', stop)
    const cancel = clock.after(joinTimeoutMs, () =>
      this.drop(`the router did not answer in ${joinTimeoutMs} ms`),
    )
    try {
      // wampy forgets a join whose connection is closed without an error: only the wire tells.
      const gone = this.ended.then((reason) => Promise.reject(new SessionLost(reason)))
      return await Promise.race([this.wampy.connect(), gone])
    } catch (error) {
      if (error instanceof SessionLost) throw error
      // The error event comes before the close event, which knows more.
      if (error instanceof Errors.WebsocketError) throw new SessionLost(await this.ended)
      // No connection was even begun: the URL or the WebSocket is wrong.
      if (this.#wire === undefined) throw error
      this.drop(String(error))
      if (error instanceof Errors.AbortError) throw refusal(error)
      throw new SessionLost(String(error), { cause: error })
    } finally {
      cancel()
      stopped?.removeEventListener('abort', stop)
    }
  }

  /** Ends the connection at once. */
  drop(reason: string): void {
    if (this.#wire !== undefined) return this.#wire.drop(reason)
    this.#reason ??= reason
    this.#markEnded(reason)
  }

  /** wampy does not tell with which URI the router said GOODBYE or ABORT, so the serializer listens. */
  #listening(serializer: Serializer): NonNullable<WampyOptions['serializer']> {
    return {
      protocol: serializer.protocol,
      isBinary: serializer.isBinary,
      encode: (data) => serializer.encode(data),
      decode: (data) => {
        const message = serializer.decode(data)
        if (Array.isArray(message) && (message[0] === goodbyeType || message[0] === abortType))
          this.#farewell ||= String(message[2])
        return message
      },
    }
  }

  #wireClass(): NonNullable<WampyOptions['ws']> {
    const WebSocket = this.#options.webSocket
    const watch: WireWatch = {
      ending: (reason) => {
        this.#reason ??= this.#farewell || reason
      },
      ended: () => this.#markEnded(this.#reason ?? ''),
    }
    const keep = (wire: Wire): void => {
      this.#wire = wire
    }
    class SessionWire extends Wire {
      constructor(url: string, protocols: string[]) {
        super(new WebSocket(url, protocols), watch)
        keep(this)
      }
    }
    // wampy names a browser's whole WebSocket as its type, and uses what Wire has.
    return SessionWire as unknown as NonNullable<WampyOptions['ws']>
  }

  #authentication(credential: Credential): WampyOptions {
    const { authmethods, authid, authextra, answer } = credential
    // As soon as wampy is given authmethods itself, it insists on an answer to a challenge.
    if (answer === undefined)
      return { helloCustomDetails: { authmethods: [...authmethods], authid } }
    const onChallenge = (method: string, extra: Dict): string => {
      try {
        return answer(method, extra)
      } catch (error) {
        this.#farewell ||= `the challenge cannot be answered: ${String(error)}`
        throw error
      }
    }
    return { authmethods: [...authmethods], authid, authextra: { ...authextra }, onChallenge }
  }
}

function refusal(error: InstanceType<typeof Errors.AbortError>): JoinRefused {
  // What a router sends is not always what it should be.
  const details: Dict | undefined = error.details
  const message = details?.['message']
  return new JoinRefused(error.errorUri, typeof message === 'string' ? message : '')
}
