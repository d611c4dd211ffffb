import type { IncomingMessage, ServerResponse } from 'node:http'
import type Provider from 'oidc-provider'
import type { AccessToken } from 'oidc-provider'
import type { Clock } from '../clock.ts'
import type { TokenRows } from '../ecosystems/store/tokens.ts'
import type { Principal } from '../router/access.ts'
import type { EngineLog } from '../router/log.ts'
import { Clients } from './clients.ts'
import type { AuthorityConfig } from './config.ts'
import { DeviceFlow } from './device-flow.ts'
import type { AuthorityDomain } from './domain.ts'
import { Endings } from './endings.ts'
import { Endpoints } from './endpoints.ts'
import { deviceGrant, protectionGrant, ticketGrant } from './grants.ts'
import { Introspection } from './introspection.ts'
import { authorityKeys } from './keys.ts'
import { defaultAuthorityLimits, type AuthorityLimits } from './limits.ts'
import { Protection } from './protection.ts'
import { authorizationServer } from './provider.ts'
import { Resources } from './resources.ts'
import { rptFactsOf, rptPrefix, Rpts, type FoundRpt } from './rpts.ts'
import { Safekeeping } from './safekeeping.ts'
import { digestOf } from './secrets.ts'
import { Tickets } from './tickets.ts'
import { UmaExchange } from './uma-exchange.ts'

/** What an authorization server stands on. */
export interface AuthorityParts {
  readonly rows: TokenRows
  /** Where its keys are kept; absent: nowhere. */
  readonly keysFile: string | undefined
  readonly domain: AuthorityDomain
  readonly clock: Clock
  readonly log: EngineLog
}

/**
 * The house's authorization server (OAuth 2.0): protection and sharing of devices by UMA 2.0, and the claim of devices
 * without a screen by RFC 8628. It decides nothing about people and devices by itself: the house does.
 */
export class Authority {
  /** Requesting party tokens begin so. */
  readonly prefix: string = rptPrefix
  readonly clients: Clients
  readonly deviceFlow: DeviceFlow
  readonly #parts: AuthorityParts
  readonly #limits: AuthorityLimits
  readonly #kept: Safekeeping
  readonly #keys: Awaited<ReturnType<typeof authorityKeys>>
  readonly #endings = new Endings()
  readonly #resources: Resources
  readonly #rpts: Rpts
  #provider: Provider | undefined
  #endpoints: Endpoints | undefined

  private constructor(
    config: AuthorityConfig,
    parts: AuthorityParts,
    keys: Awaited<ReturnType<typeof authorityKeys>>,
  ) {
    const limits = { ...defaultAuthorityLimits, ...config.limits }
    const { rows, domain, clock, log } = parts
    this.#parts = parts
    this.#limits = limits
    this.#keys = keys
    this.#kept = new Safekeeping(rows, { clock, limits, log })
    this.clients = new Clients(this.#kept, config, {
      max: limits.rows,
      removed: (id) => this.#endings.end(`client:${id}`),
    })
    this.deviceFlow = new DeviceFlow(clock, limits)
    this.#resources = new Resources({
      kept: this.#kept,
      domain,
      limits,
      withdrawn: (id) => this.#endings.end(id),
    })
    this.#rpts = new Rpts({
      domain,
      resources: this.#resources,
      endings: this.#endings,
      find: (value) => this.#findRpt(value),
    })
  }

  /** @throws AuthorityKeysError */
  static async start(config: AuthorityConfig, parts: AuthorityParts): Promise<Authority> {
    return new Authority(config, parts, await authorityKeys(parts.keysFile))
  }

  /** Begins to serve under this address; until then nothing is served. */
  open(issuer: string): void {
    const { domain, clock, log } = this.#parts
    const limits = this.#limits
    const resources = this.#resources
    const rpts = this.#rpts
    const tickets = new Tickets(this.#kept, { limits, log })
    const exchange = new UmaExchange({
      domain,
      tickets,
      resources,
      rpts,
      findRpt: (value, client) => this.#findRpt(value, client),
    })
    const introspection = new Introspection({ issuer, clock, domain, rpts, resources })
    const provider = authorizationServer(issuer, {
      kept: this.#kept,
      clients: this.clients,
      keys: this.#keys,
      grants: [
        protectionGrant({ domain, clock, limits }),
        ticketGrant({ exchange, clock, limits, end: (rpt) => this.#end(rpt) }),
        deviceGrant(this.deviceFlow),
      ],
      ended: (_kind, name) => this.#endings.end(digestOf(name)),
      describe: async (token, client) =>
        (await this.#isClients(token)) ? introspection.describe(token, { client }) : undefined,
      log,
    })
    this.#provider = provider
    this.#endpoints = new Endpoints({
      issuer,
      limits,
      domain,
      protection: new Protection({ resources, tickets, limits }),
      introspection,
      flow: this.deviceFlow,
      provider: provider.callback(),
      findToken: (value) => this.#findToken(value),
      log,
    })
  }

  /** Whether a request is one for the authorization server. */
  takes(request: IncomingMessage): boolean {
    return this.#endpoints?.takes(request) ?? false
  }

  /** Answers a request that is. */
  serve(request: IncomingMessage, response: ServerResponse): void {
    this.#endpoints?.serve(request, response)
  }

  /** Who joins a realm with that requesting party token; `undefined`: it is good for nothing there. */
  rptPrincipal(token: string, realm: string): Promise<Principal | undefined> {
    return this.#rpts.principal(token, realm)
  }

  /** Whether what a session came by was taken back while it joined. */
  isOver(principal: Principal): boolean {
    return this.#rpts.isOver(principal)
  }

  /** `listener` gets a test of whose session has ended, whenever a token or permission was taken back. */
  onEnded(listener: (concerns: (principal: Principal) => boolean) => void): () => void {
    return this.#rpts.onEnded(listener)
  }

  /** Resolves when nothing is written any more. */
  close(): Promise<void> {
    return this.#kept.close()
  }

  async #findRpt(value: string, client?: string): Promise<FoundRpt | undefined> {
    const token = await this.#findToken(value)
    const facts = rptFactsOf(token?.extra)
    const { clientId } = token ?? {}
    if (token === undefined || facts === undefined || clientId === undefined) return undefined
    if (client !== undefined && clientId !== client) return undefined
    const leftMs = token.remainingTTL * 1000
    return { value, client: clientId, expiresAt: this.#parts.clock.now() + leftMs, facts }
  }

  /** A bearer proves nothing of itself: what was given to a client that was removed is nobody's. */
  async #findToken(value: string): Promise<AccessToken | undefined> {
    const token: AccessToken | undefined = await this.#provider?.AccessToken.find(value)
    return token !== undefined && (await this.#isClients(token)) ? token : undefined
  }

  #isClients({ clientId, extra }: AccessToken): Promise<boolean> {
    return this.clients.hasStill(clientId, extra?.['client'])
  }

  async #end(rpt: string): Promise<void> {
    await (await this.#provider?.AccessToken.find(rpt))?.destroy()
  }
}
