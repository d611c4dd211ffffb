import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { exportJWK, generateKeyPair, importJWK, SignJWT } from 'jose'
import type { JWK } from 'jose'
import Provider from 'oidc-provider'
import type { Adapter } from 'oidc-provider'
import type { Clock } from '../../clock.ts'
import { providerMemory } from '../../demo/provider-memory.ts'

/** What may differ from an ordinary ID token. */
export interface TokenOverrides {
  /** Counted from now; negative: expired already. Default 3,600. */
  readonly expiresInSeconds?: number
  readonly audience?: string
  /** Further claims, or others than the ordinary ones: `acr`, `amr`, `auth_time`, `sid`, `nonce`, `email`, … */
  readonly claims?: Readonly<Record<string, unknown>>
}

/** What a token that is no ID token says of itself: a security event, a logout token, a forgery. */
export interface SignedParts {
  /** Default `alg: ES256` and the `kid` of the key that signs now. */
  readonly header?: Readonly<Record<string, unknown>>
  /** Default `iss` of the provider, `aud` its client id, `iat` now, a fresh `jti`. `undefined` leaves one out. */
  readonly claims?: Readonly<Record<string, unknown>>
}

/** A real OpenID provider within the test's process. */
export interface OpenIdProvider {
  /** `http://127.0.0.1:PORT` */
  readonly issuer: string
  readonly clientId: string
  /** How often each path was asked for, e.g. `/jwks` and `/.well-known/openid-configuration`. */
  readonly requests: ReadonlyMap<string, number>
  /** An ID token of `sub` = person, with `name` and `email` of that person. */
  token(person: string, overrides?: TokenOverrides): Promise<string>
  /** An opaque access token of the person, kept by the provider: what introspection (RFC 7662) is asked about. */
  accessToken(person: string, options?: { readonly expiresInSeconds?: number }): Promise<string>
  /** Ends an access token as RFC 7009 does: introspection says `active: false` from then on. */
  revoke(accessToken: string): Promise<void>
  /** The client that may introspect, by HTTP Basic. */
  readonly introspection: { readonly clientId: string; readonly clientSecret: string }
  /** Any JWT that the provider's key signs. */
  sign(parts: SignedParts): Promise<string>
  /** From now on the provider's own back-channel logout (OpenID Connect Back-Channel Logout 1.0) goes to this address. */
  pointLogoutAt(uri: string): void
  /** Tells of a logout, as the provider does when somebody signs out there. Rejects when the answer is not 200 or 204. */
  logout(person: string, sid?: string): Promise<void>
  /** Refuses connections from now on, and breaks those that are there; `comeBack` listens on the same port again. */
  goAway(): Promise<void>
  comeBack(): Promise<void>
  /** The private half of the key that signs now: for tokens that only the holder of the key could make. */
  signingKey(): JWK
  /** From now on another key signs, and the JWKS holds that one alone. */
  rotateKeys(): Promise<void>
  stop(): Promise<void>
}

async function freshKey(): Promise<JWK> {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true })
  const jwk = await exportJWK(privateKey)
  return { ...jwk, kid: crypto.randomUUID(), alg: 'ES256', use: 'sig' }
}

/**
 * Runs oidc-provider on an ephemeral port of 127.0.0.1.
 * `clock` dates the tokens; without one they are dated by the machine.
 */
export async function startOpenIdProvider(options: {
  /** Who has an account; absent: whoever is named. */
  readonly people?: readonly string[]
  readonly clock?: Clock
}): Promise<OpenIdProvider> {
  const clientId = 'latchkey'
  const introspection = { clientId: 'latchkey-house', clientSecret: crypto.randomUUID() }
  const requests = new Map<string, number>()
  let serve: ((request: IncomingMessage, response: ServerResponse) => void) | undefined

  const server = createServer((request, response) => {
    const path = (request.url ?? '').split('?', 1)[0] ?? ''
    requests.set(path, (requests.get(path) ?? 0) + 1)
    serve?.(request, response)
  })
  const listen = async (port: number): Promise<void> => {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(port, '127.0.0.1', resolve)
    })
  }
  await listen(0)
  const address = server.address()
  assert(address !== null && typeof address === 'object')
  const issuer = `http://127.0.0.1:${address.port}`

  const accountOf = (person: string): { sub: string; name: string; email: string } => {
    if (options.people?.includes(person) === false)
      throw new Error(`no such person: ${person}; there are ${options.people.join(', ')}`)
    return { sub: person, name: person, email: `${person}@house.example` }
  }

  const memory = new Map<string, Adapter>()
  const remember = providerMemory()
  /** One for each kind, which outlives the provider's object: a rotated key ends no access token. */
  const adapter = (kind: string): Adapter => {
    const known = memory.get(kind) ?? remember(kind)
    memory.set(kind, known)
    return known
  }
  let logoutUri: string | undefined

  const providerWith = (key: JWK): Provider => {
    const provider = new Provider(issuer, {
      adapter,
      jwks: { keys: [key] },
      clients: [
        {
          client_id: clientId,
          application_type: 'native',
          redirect_uris: ['http://127.0.0.1/callback'],
          token_endpoint_auth_method: 'none',
          id_token_signed_response_alg: 'ES256',
          ...(logoutUri !== undefined && {
            backchannel_logout_uri: logoutUri,
            backchannel_logout_session_required: true,
          }),
        },
        {
          client_id: introspection.clientId,
          client_secret: introspection.clientSecret,
          id_token_signed_response_alg: 'ES256',
          token_endpoint_auth_method: 'client_secret_basic',
          redirect_uris: [],
          response_types: [],
          grant_types: [],
        },
      ],
      cookies: { keys: ['only-for-tests'] },
      claims: {
        openid: ['sub', 'acr', 'amr', 'auth_time'],
        profile: ['name'],
        email: ['email'],
      },
      conformIdTokenClaims: false,
      features: {
        devInteractions: { enabled: false },
        introspection: { enabled: true, allowedPolicy: () => true },
        revocation: { enabled: true },
        backchannelLogout: { enabled: true },
      },
      ttl: { AccessToken: 3600, Grant: 86_400, IdToken: 3600 },
      // Its guard against requests into its own network would stop what goes to loopback.
      fetch(url, init) {
        const { dispatcher: _guard, ...rest } = init ?? {}
        return fetch(url, rest)
      },
      findAccount: (_ctx, sub) => ({ accountId: sub, claims: () => accountOf(sub) }),
    })
    const callback = provider.callback()
    serve = (request, response) => void callback(request, response)
    return provider
  }

  let key = await freshKey()
  let provider = providerWith(key)

  const now = (): number => Math.floor((options.clock?.now() ?? Date.now()) / 1000)
  const stopListening = async (): Promise<void> => {
    await new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  }

  /** The provider's own class reads the machine's clock and knows one audience; the rest is signed with its key. */
  const signed = async (person: string, overrides: TokenOverrides): Promise<string> => {
    const nowSeconds = now()
    return new SignJWT({ ...accountOf(person), ...overrides.claims })
      .setProtectedHeader({ alg: 'ES256', kid: key.kid ?? '' })
      .setIssuer(issuer)
      .setAudience(overrides.audience ?? clientId)
      .setIssuedAt(nowSeconds)
      .setExpirationTime(nowSeconds + (overrides.expiresInSeconds ?? 3600))
      .sign(await importJWK(key, 'ES256'))
  }

  return {
    issuer,
    clientId,
    requests,
    async token(person, overrides) {
      if (options.clock !== undefined || overrides !== undefined)
        return signed(person, overrides ?? {})
      const client = await provider.Client.find(clientId)
      const token = new provider.IdToken(accountOf(person), { client })
      Object.assign(token, { scope: 'openid profile email' })
      return token.issue({ use: 'idtoken' })
    },
    signingKey: () => ({ ...key }),
    async accessToken(person, { expiresInSeconds = 3600 } = {}) {
      const client = await provider.Client.find(clientId)
      assert(client !== undefined)
      const { sub } = accountOf(person)
      const grant = new provider.Grant({ clientId, accountId: sub })
      grant.addOIDCScope('openid')
      const token = new provider.AccessToken({
        accountId: sub,
        client,
        grantId: await grant.save(),
        gty: 'authorization_code',
        scope: 'openid',
        expiresIn: expiresInSeconds,
      })
      return token.save()
    },
    async revoke(accessToken) {
      const token = await provider.AccessToken.find(accessToken)
      await token?.destroy()
    },
    introspection,
    async sign({ header, claims }) {
      const payload = { iss: issuer, aud: clientId, iat: now(), jti: crypto.randomUUID() }
      return new SignJWT({ ...payload, ...claims })
        .setProtectedHeader({ alg: 'ES256', kid: key.kid ?? '', ...header })
        .sign(await importJWK(key, 'ES256'))
    },
    pointLogoutAt(uri) {
      logoutUri = uri
      provider = providerWith(key)
    },
    async logout(person, sid) {
      assert(logoutUri !== undefined, 'logout goes nowhere yet')
      // It has no type, as the provider calls it by itself.
      const client = (await provider.Client.find(clientId)) as unknown as {
        backchannelLogout(sub: string, sid: string): Promise<void>
      }
      await client.backchannelLogout(accountOf(person).sub, sid ?? '')
    },
    goAway: stopListening,
    comeBack: () => listen(address.port),
    async rotateKeys() {
      key = await freshKey()
      provider = providerWith(key)
    },
    stop: stopListening,
  }
}
