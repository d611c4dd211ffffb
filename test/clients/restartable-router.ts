import { once } from 'node:events'
import { createServer } from 'node:http'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { RealmDefinition } from '../../router/realm.ts'
import { Router } from '../../router/router.ts'
import type { Session } from '../../router/session.ts'
import { WebSocketEndpoint } from '../../router/transports/websocket.ts'
import { allowAll, anyone } from '../support/open-router.ts'

/** A router that can be stopped and started again on the port it had first. */
export class RestartableRouter {
  readonly #definition: Partial<RealmDefinition>
  #port = 0
  #http: Server | undefined
  #endpoint: WebSocketEndpoint | undefined
  #router: Router | undefined

  constructor(definition: Partial<RealmDefinition> = {}) {
    this.#definition = definition
  }

  get url(): string {
    return `ws://127.0.0.1:${this.#port}/ws`
  }

  get router(): Router {
    if (this.#router === undefined) throw new Error('the router is not running')
    return this.#router
  }

  async start(): Promise<this> {
    this.#router = new Router()
    const authenticators = [anyone]
    this.#router.addRealm({
      uri: 'home',
      authenticators,
      authorizer: allowAll,
      ...this.#definition,
    })
    this.#endpoint = new WebSocketEndpoint(this.#router, { path: '/ws' })
    this.#http = createServer()
    this.#endpoint.attach(this.#http)
    this.#http.listen(this.#port, '127.0.0.1')
    await once(this.#http, 'listening')
    this.#port = (this.#http.address() as AddressInfo).port
    return this
  }

  /** Ends all sessions as the realm's `shutdown` says. */
  async stop(): Promise<void> {
    const http = this.#http
    if (http === undefined) return
    this.#http = undefined
    this.#endpoint?.close()
    http.close()
    await this.router.close()
    http.closeAllConnections()
  }

  /** Sessions of the realm. */
  get sessions(): Session[] {
    return [...(this.router.realm('home')?.sessions.values() ?? [])]
  }
}
