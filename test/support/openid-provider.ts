import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { exportJWK, generateKeyPair, importJWK, SignJWT } from 'jose'
import type { JWK } from 'jose'
import Provider from 'oidc-provider'
import type { Clock } from '../../clock.ts'
import { providerMemory } from '../../demo/provider-memory.ts'

/** What may differ from an ordinary ID token. */
export interface TokenOverrides {
  /** Counted from now; negative: expired already. Default 3,600. */
  readonly expiresInSeconds?: number
  readonly audience?: string
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
  readonly people: readonly string[]
  readonly clock?: Clock
}): Promise<OpenIdProvider> {
  const clientId = 'latchkey'
  const requests = new Map<string, number>()
  let serve: ((request: IncomingMessage, response: ServerResponse) => void) | undefined

  const server = createServer((request, response) => {
    const path = (request.url ?? '').split('?', 1)[0] ?? ''
    requests.set(path, (requests.get(path) ?? 0) + 1)
    serve?.(request, response)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const address = server.address()
  assert(address !== null && typeof address === 'object')
  const issuer = `http://127.0.0.1:${address.port}`

  const accountOf = (person: string): { sub: string; name: string; email: string } => {
    if (!options.people.includes(person))
      throw new Error(`no such person: ${person}; there are ${options.people.join(', ')}`)
    return { sub: person, name: person, email: `${person}@house.example` }
  }

  const providerWith = (key: JWK): Provider => {
    const provider = new Provider(issuer, {
      adapter: providerMemory(),
      jwks: { keys: [key] },
      clients: [
        {
          client_id: clientId,
          application_type: 'native',
          redirect_uris: ['http://127.0.0.1/callback'],
          token_endpoint_auth_method: 'none',
          id_token_signed_response_alg: 'ES256',
        },
      ],
      cookies: { keys: ['only-for-tests'] },
      claims: { openid: ['sub'], profile: ['name'], email: ['email'] },
      conformIdTokenClaims: false,
      features: { devInteractions: { enabled: false } },
      ttl: { IdToken: 3600 },
      findAccount: (_ctx, sub) => ({ accountId: sub, claims: () => accountOf(sub) }),
    })
    const callback = provider.callback()
    serve = (request, response) => void callback(request, response)
    return provider
  }

  let key = await freshKey()
  let provider = providerWith(key)

  /** The provider's own class reads the machine's clock and knows one audience; the rest is signed with its key. */
  const signed = async (person: string, overrides: TokenOverrides): Promise<string> => {
    const nowSeconds = Math.floor((options.clock?.now() ?? Date.now()) / 1000)
    return new SignJWT(accountOf(person))
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
    async rotateKeys() {
      key = await freshKey()
      provider = providerWith(key)
    },
    async stop() {
      await new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
    },
  }
}
