import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AccessToken } from 'oidc-provider'
import { StoreUnavailable } from '../ecosystems/store/store.ts'
import { TokensFull } from '../ecosystems/store/tokens.ts'
import type { EngineLog } from '../router/log.ts'
import { deviceAuthorization, devicePage } from './device-endpoints.ts'
import type { DeviceFlow } from './device-flow.ts'
import type { AuthorityDomain } from './domain.ts'
import { Exchange, pathOf } from './exchange.ts'
import { patPrefix } from './grants.ts'
import { protectionScope } from './grant-types.ts'
import { HttpProblem, invalidRequest, unavailable } from './http-problem.ts'
import type { Introspection } from './introspection.ts'
import type { AuthorityLimits } from './limits.ts'
import { metadataOf } from './metadata.ts'
import { principalOf, readParty } from './party.ts'
import { paths, prefix } from './paths.ts'
import type { Protection } from './protection.ts'
import type { Owner } from './resources.ts'

/** What the provider answers by itself. */
const providers: ReadonlySet<string> = new Set([
  paths.token,
  paths.introspection,
  paths.revocation,
  paths.jwks,
])

/** The authorization server's requests, each brought to where it is answered. */
export class Endpoints {
  readonly #issuer: string
  readonly #limits: Pick<AuthorityLimits, 'requests' | 'bodyBytes'>
  readonly #domain: AuthorityDomain
  readonly #protection: Protection
  readonly #introspection: Introspection
  readonly #flow: DeviceFlow
  readonly #provider: (request: IncomingMessage, response: ServerResponse) => Promise<void>
  readonly #findToken: (value: string) => Promise<AccessToken | undefined>
  readonly #log: EngineLog
  #underWay = 0

  constructor(parts: {
    readonly issuer: string
    readonly limits: Pick<AuthorityLimits, 'requests' | 'bodyBytes'>
    readonly domain: AuthorityDomain
    readonly protection: Protection
    readonly introspection: Introspection
    readonly flow: DeviceFlow
    readonly provider: (request: IncomingMessage, response: ServerResponse) => Promise<void>
    readonly findToken: (value: string) => Promise<AccessToken | undefined>
    readonly log: EngineLog
  }) {
    this.#issuer = parts.issuer
    this.#limits = parts.limits
    this.#domain = parts.domain
    this.#protection = parts.protection
    this.#introspection = parts.introspection
    this.#flow = parts.flow
    this.#provider = parts.provider
    this.#findToken = parts.findToken
    this.#log = parts.log
  }

  /** Whether the request is one for us. */
  takes(request: IncomingMessage): boolean {
    const path = pathOf(request)
    return path === paths.metadata || path === paths.umaMetadata || path.startsWith(prefix)
  }

  serve(request: IncomingMessage, response: ServerResponse): void {
    const exchange = new Exchange(request, response, this.#limits.bodyBytes)
    if (this.#underWay >= this.#limits.requests)
      return exchange.refuse(
        new HttpProblem(503, 'temporarily_unavailable', 'too many requests at once', {
          'retry-after': '1',
        }),
      )
    this.#underWay += 1
    response.once('close', () => (this.#underWay -= 1))
    this.#answer(exchange).catch((error: unknown) => this.#refuse(exchange, error))
  }

  async #answer(exchange: Exchange): Promise<void> {
    const { path, request, response } = exchange
    if (path === paths.metadata || path === paths.umaMetadata) {
      exchange.allow('GET', 'HEAD')
      return exchange.send(200, metadataOf(this.#issuer), { 'cache-control': 'no-cache' })
    }
    if (path === paths.deviceAuthorization)
      return deviceAuthorization(exchange, this.#flow, this.#issuer)
    if (path === paths.device) return devicePage(exchange)
    if (path === paths.introspection && bearerOf(request) !== undefined)
      return this.#introspect(exchange)
    if (providers.has(path)) return this.#provider(request, response)
    if (path === paths.permissions)
      return this.#protection.permissions(exchange, await this.#owner(exchange))
    if (path === paths.resources)
      return this.#protection.resources(exchange, await this.#owner(exchange))
    if (path.startsWith(`${paths.resources}/`)) {
      const id = path.slice(paths.resources.length + 1)
      return this.#protection.resource(exchange, await this.#owner(exchange), id)
    }
    throw new HttpProblem(404, 'not_found', 'there is nothing here')
  }

  /** By the token of an owner instead of the client's secret (UMA 2.0 Federated Authorization §5.1). */
  async #introspect(exchange: Exchange): Promise<void> {
    exchange.allow('POST')
    const owner = await this.#owner(exchange)
    const value = (await exchange.form()).get('token')
    if (value === undefined) throw invalidRequest('token is missing')
    const token = await this.#findToken(value)
    const described =
      token &&
      (await this.#introspection.describe(token, {
        client: owner.client,
        person: owner.party.authid,
      }))
    exchange.send(200, described ?? { active: false })
  }

  /** Whose protection API token the request bears. @throws HttpProblem 401, 403 */
  async #owner({ request }: Exchange): Promise<Owner> {
    const value = bearerOf(request)
    if (value === undefined) throw this.#challenge(401, 'invalid_token', 'a token is needed')
    const token = await this.#findToken(value)
    const kept = readParty(token?.extra?.['party'])
    const party = kept && principalOf(kept)
    const client = token?.clientId
    if (party === undefined || client === undefined || !this.#domain.isActive(party))
      throw this.#challenge(401, 'invalid_token', 'the token is unknown, or over')
    if (!value.startsWith(patPrefix) || token?.scope !== protectionScope)
      throw this.#challenge(403, 'insufficient_scope', `the scope ${protectionScope} is needed`)
    return { party, client }
  }

  /** RFC 6750 §3 */
  #challenge(status: number, error: string, description: string): HttpProblem {
    const scope = error === 'insufficient_scope' ? `, scope="${protectionScope}"` : ''
    return new HttpProblem(status, error, description, {
      'www-authenticate': `Bearer realm="${this.#issuer}", error="${error}"${scope}`,
    })
  }

  #refuse(exchange: Exchange, error: unknown): void {
    const { response, path } = exchange
    if (response.headersSent || response.destroyed) return void response.destroy()
    if (error instanceof HttpProblem) return exchange.refuse(error)
    if (error instanceof TokensFull || error instanceof StoreUnavailable) {
      this.#log('warn', 'the authorization server cannot keep what it hands out', {
        path,
        error: error.message,
      })
      return exchange.refuse(unavailable(error))
    }
    this.#log('error', 'the authorization server failed', { path, error: String(error) })
    exchange.refuse(new HttpProblem(500, 'server_error', 'this failed'))
  }
}

function bearerOf({ headers }: IncomingMessage): string | undefined {
  return /^Bearer +([\w.~+/-]+=*)$/i.exec(headers.authorization ?? '')?.[1]
}
