import type { Adapter, AdapterFactory, AdapterPayload } from 'oidc-provider'
import type { Safekeeping } from './safekeeping.ts'

/** Where a kind of things of the provider's is kept. */
export interface AdapterParts {
  readonly kept: Safekeeping
  /** Metadata of a client (OpenID Connect Dynamic Client Registration §2). */
  readonly client: (id: string) => Promise<AdapterPayload | undefined>
  /** Told of each token that is about to go. */
  readonly ended: (kind: string, name: string) => void
}

/**
 * Keeps the provider's tokens among our rows. The provider hands over each with its own value as `jti`: that is left
 * out, so that nobody finds in the database what he could show. It reads the machine's clock, so times are told as
 * that one would have them.
 */
export function providerAdapter(parts: AdapterParts): AdapterFactory {
  return (kind) => new KeptAdapter(kind, parts)
}

class KeptAdapter implements Adapter {
  readonly #kind: string
  readonly #parts: AdapterParts

  constructor(kind: string, parts: AdapterParts) {
    this.#kind = kind
    this.#parts = parts
  }

  async upsert(name: string, payload: AdapterPayload, expiresInSeconds: number): Promise<void> {
    const { jti: _name, iat: _iat, exp: _exp, ...rest } = payload
    await this.#parts.kept.put(
      this.#kind,
      name,
      // What is `undefined` is not there, in memory as in JSON.
      JSON.parse(JSON.stringify(rest)) as Record<string, unknown>,
      {
        ttlMs: expiresInSeconds * 1000,
        ...(typeof rest.accountId === 'string' && { owner: rest.accountId }),
        ...(rest.grantId !== undefined && rest.grantId !== '' && { grantId: rest.grantId }),
      },
    )
  }

  async find(name: string): Promise<AdapterPayload | undefined> {
    if (this.#kind === 'Client') return this.#parts.client(name)
    const { kept } = this.#parts
    const row = await kept.get(this.#kind, name)
    if (row === undefined || row.expiresAt === null) return undefined
    const aheadMs = kept.clock.now() - Date.now()
    const seconds = (at: number): number => Math.round((at - aheadMs) / 1000)
    return {
      ...row.payload,
      jti: name,
      iat: seconds(row.createdAt),
      exp: seconds(row.expiresAt),
      ...(row.consumedAt !== null && { consumed: seconds(row.consumedAt) }),
    }
  }

  async consume(name: string): Promise<void> {
    await this.#parts.kept.consume(this.#kind, name)
  }

  async destroy(name: string): Promise<void> {
    this.#parts.ended(this.#kind, name)
    await this.#parts.kept.destroy(this.#kind, name)
  }

  async revokeByGrantId(grantId: string): Promise<void> {
    await this.#parts.kept.revoke(grantId)
  }

  /** Nobody signs in here, so there are no sessions. */
  findByUid(): Promise<undefined> {
    return Promise.resolve(undefined)
  }

  /** User codes are the device flow's. */
  findByUserCode(): Promise<undefined> {
    return Promise.resolve(undefined)
  }
}
