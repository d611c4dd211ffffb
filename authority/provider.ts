import { randomBytes } from 'node:crypto'
import type { EventEmitter } from 'node:events'
import Provider, { errors } from 'oidc-provider'
import type { AccessToken, AdapterPayload, Client, KoaContextWithOIDC } from 'oidc-provider'
import { StoreUnavailable } from '../ecosystems/store/store.ts'
import { TokensFull } from '../ecosystems/store/tokens.ts'
import type { EngineLog } from '../router/log.ts'
import { providerAdapter } from './adapter.ts'
import { deviceClientId, sealOf, type Clients } from './clients.ts'
import type { ClientUse } from './config.ts'
import { grantTypes, protectionScope } from './grant-types.ts'
import { HttpProblem, unavailable } from './http-problem.ts'
import type { SigningKey } from './signing-key.ts'
import { paths } from './paths.ts'
import type { Safekeeping } from './safekeeping.ts'
import { matches } from './secrets.ts'

/** What a grant's handler gets. */
export interface GrantCall {
  /** Id of the client, which has proven itself. */
  readonly client: string
  /** The parameters that the grant has, each at most once. */
  readonly parameters: ReadonlyMap<string, string>
  /** Issues a token for that client. */
  issue(order: TokenOrder): Promise<{ readonly value: string; readonly expiresInSeconds: number }>
}

/** A token to be issued. */
export interface TokenOrder {
  readonly value: string
  readonly person: string
  readonly scope?: string
  readonly ttlMs: number
  /** Kept with it, besides which secret of its client it was got by. */
  readonly extra?: Readonly<Record<string, unknown>>
}

/** A way to get a token. */
export interface GrantHandler {
  readonly grantType: string
  readonly parameters: readonly string[]
  /** The body of the answer; a status other than 200 for a refusal that says more than OAuth's errors do. */
  handle(call: GrantCall): Promise<{
    readonly status?: number
    readonly body: Readonly<Record<string, unknown>>
  }>
}

/** Grants that clients of each use may have. */
const grantsOf: Readonly<Record<ClientUse, readonly string[]>> = {
  resource_server: [grantTypes.jwtBearer],
  requesting: [grantTypes.umaTicket],
}

/** `oidc-provider` as far as it is used: tokens, clients, introspection, revocation. Nobody signs in to it. */
export function authorizationServer(
  issuer: string,
  parts: {
    readonly kept: Safekeeping
    readonly clients: Clients
    readonly keys: readonly SigningKey[]
    readonly grants: readonly GrantHandler[]
    readonly ended: (kind: string, name: string) => void
    /** The answer to an introspection by that client; `undefined`: as if there were no such token. */
    readonly describe: (
      token: AccessToken,
      client: string,
    ) => Promise<Readonly<Record<string, unknown>> | undefined>
    readonly log: EngineLog
  },
): Provider {
  const { kept, clients, keys, grants, ended, describe, log } = parts
  const extras = new WeakMap<object, Readonly<Record<string, unknown>>>()
  const provider = new Provider(issuer, {
    adapter: providerAdapter({ kept, ended, client: (id) => metadataOf(id, clients) }),
    jwks: { keys: [...keys] },
    clientAuthMethods: ['client_secret_basic', 'none'],
    clientBasedCORS: () => false,
    // No response of the authorization endpoint is ever asked for: it is not served.
    responseTypes: ['none'],
    scopes: [protectionScope],
    findAccount: () => undefined,
    cookies: { keys: [randomBytes(32).toString('base64url')] },
    extraTokenClaims: (_ctx, token) => extras.get(token),
    routes: {
      token: paths.token,
      introspection: paths.introspection,
      revocation: paths.revocation,
      jwks: paths.jwks,
    },
    features: {
      devInteractions: { enabled: false },
      userinfo: { enabled: false },
      rpInitiatedLogout: { enabled: false },
      introspection: { enabled: true, allowedPolicy: () => true },
      revocation: {
        enabled: true,
        allowedPolicy: (_ctx, client, token) => token.clientId === client.clientId,
      },
    },
    renderError: (ctx, out) => {
      ctx.type = 'json'
      ctx.body = out
    },
  })
  // Secrets are kept as digests, so that is what one is compared with.
  Object.defineProperty(provider.Client.prototype, 'compareClientSecret', {
    value(this: Client, actual: string): boolean {
      return this.clientSecret !== undefined && matches(actual, this.clientSecret)
    },
  })
  provider.use(async (ctx, next) => {
    await next()
    await redescribe(ctx as KoaContextWithOIDC, describe)
  })
  // Else it would be written to the terminal: mostly a client that went away in the middle.
  emitterOf(provider).on('error', (error: Error) => {
    log('info', 'a request to the authorization server broke off', { error: error.message })
  })
  provider.on('server_error', (_ctx, error: Error) => {
    log('error', 'the authorization server failed', { error: String(error) })
  })
  for (const grant of grants)
    provider.registerGrantType(
      grant.grantType,
      async (ctx) => {
        const { client, params } = ctx.oidc
        const call: GrantCall = {
          client: client.clientId,
          parameters: new Map(
            Object.entries(params).filter(
              (entry): entry is [string, string] => typeof entry[1] === 'string' && entry[1] !== '',
            ),
          ),
          async issue({ value, person, scope, ttlMs, extra }) {
            const expiresInSeconds = Math.max(1, Math.floor(ttlMs / 1000))
            const token = new provider.AccessToken({
              jti: value,
              client,
              accountId: person,
              // It falls alone: there is no grant of the provider's behind it.
              grantId: '',
              gty: grant.grantType,
              scope,
              expiresIn: expiresInSeconds,
            })
            // Which it would choose with a value of its own; ours says what kind of token it is.
            Object.assign(token, { format: 'opaque' })
            extras.set(token, { ...extra, client: sealOf(client.clientSecret) })
            await token.save()
            return { value, expiresInSeconds }
          },
        }
        const { status, body } = await grant.handle(call).catch((error: unknown) => {
          throw asProviderError(error, (name, text) => ctx.set(name, text))
        })
        ctx.status = status ?? 200
        ctx.body = body
      },
      grant.parameters,
    )
  return provider
}

/** Koa's own event, which the provider's types leave out. */
function emitterOf(provider: EventEmitter): EventEmitter {
  return provider
}

/** The metadata of a client of ours. */
async function metadataOf(id: string, clients: Clients): Promise<AdapterPayload | undefined> {
  const common = {
    redirect_uris: [],
    response_types: [],
    id_token_signed_response_alg: 'ES256' as const,
  }
  if (id === deviceClientId)
    return {
      ...common,
      client_id: id,
      client_name: 'A device without a screen',
      token_endpoint_auth_method: 'none',
      grant_types: [grantTypes.deviceCode],
    }
  const client = await clients.find(id)
  if (client === undefined) return undefined
  return {
    ...common,
    client_id: id,
    client_name: client.name,
    client_secret: client.secretSha256,
    token_endpoint_auth_method: 'client_secret_basic',
    grant_types: [...grantsOf[client.use]],
  }
}

/** The provider says of a token what it was issued for; what holds is what its party may do now. */
async function redescribe(
  ctx: KoaContextWithOIDC,
  describe: (
    token: AccessToken,
    client: string,
  ) => Promise<Readonly<Record<string, unknown>> | undefined>,
): Promise<void> {
  const body: unknown = ctx.body
  if (ctx.path !== paths.introspection || typeof body !== 'object' || body === null) return
  if (!('active' in body) || body.active !== true) return
  const { AccessToken: token, Client: client } = ctx.oidc.entities
  const described = token && client && (await describe(token, client.clientId))
  ctx.body = described ?? { active: false }
}

function asProviderError(
  thrown: unknown,
  setHeader: (name: string, text: string) => void,
): unknown {
  const isFull = thrown instanceof TokensFull || thrown instanceof StoreUnavailable
  const error = isFull ? unavailable(thrown) : thrown
  if (!(error instanceof HttpProblem)) return error
  for (const [name, text] of Object.entries(error.headers)) setHeader(name, text)
  const problem = new errors.CustomOIDCProviderError(error.error, error.message)
  return Object.assign(problem, {
    status: error.status,
    statusCode: error.status,
    // Says what is wrong also where the fault is ours for the moment.
    expose: true,
  })
}
