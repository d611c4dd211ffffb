import { WebSocket } from 'ws'
import type { ClientOptions } from 'ws'
import type { WebSocketClass } from './wire.ts'

export interface NodeWebSocketOptions {
  /** How often to ask the router for a sign of life; after one without, the connection is given up. Default 20,000. */
  readonly keepAliveMs?: number
  /** The longest message taken. Default 16 MiB. */
  readonly maxMessageBytes?: number
  /** For `wss`: the authority to trust, and a certificate of one's own. Default: those of the system, and none. */
  readonly tls?: Pick<ClientOptions, 'ca' | 'cert' | 'key'>
}

/**
 * The WebSocket of `ws`, with pings: a device behind a router that forgets its connection (NAT, a cut cable) would
 * otherwise wait for ever for messages that cannot come. Node only.
 */
export function webSocketClass(options: NodeWebSocketOptions = {}): WebSocketClass {
  const { keepAliveMs = 20_000, maxMessageBytes = 2 ** 24, tls } = options
  const clientOptions: ClientOptions = {
    ...tls,
    maxPayload: maxMessageBytes,
    perMessageDeflate: false,
  }
  return class extends WebSocket {
    constructor(url: string, protocols: string[]) {
      super(url, protocols, clientOptions)
      let answered = true
      this.on('open', () => {
        const timer = setInterval(() => {
          if (!answered) return this.terminate()
          answered = false
          this.ping()
        }, keepAliveMs)
        this.on('pong', () => (answered = true))
        this.once('close', () => clearInterval(timer))
      })
    }
  }
}
