import { LRUCache } from 'lru-cache'
import type { Adapter, AdapterFactory, AdapterPayload } from 'oidc-provider'

/**
 * Keeps the provider's sessions, codes and tokens of one kind in memory: who signed in does so again after a restart.
 * Each kind has its own bound, so that a flood of sign-ins that nobody completes drives out no session.
 */
class MemoryAdapter implements Adapter {
  readonly #rows: LRUCache<string, AdapterPayload>

  constructor(max: number) {
    this.#rows = new LRUCache({ max })
  }

  upsert(id: string, payload: AdapterPayload, expiresInSeconds?: number): Promise<void> {
    const ttl = expiresInSeconds === undefined ? {} : { ttl: expiresInSeconds * 1000 }
    this.#rows.set(id, payload, ttl)
    return Promise.resolve()
  }

  find(id: string): Promise<AdapterPayload | undefined> {
    return Promise.resolve(this.#rows.get(id))
  }

  findByUserCode(userCode: string): Promise<AdapterPayload | undefined> {
    return Promise.resolve(this.#search((payload) => payload.userCode === userCode))
  }

  findByUid(uid: string): Promise<AdapterPayload | undefined> {
    return Promise.resolve(this.#search((payload) => payload.uid === uid))
  }

  consume(id: string): Promise<void> {
    const payload = this.#rows.get(id)
    if (payload !== undefined) payload.consumed = Math.floor(Date.now() / 1000)
    return Promise.resolve()
  }

  destroy(id: string): Promise<void> {
    this.#rows.delete(id)
    return Promise.resolve()
  }

  revokeByGrantId(grantId: string): Promise<void> {
    for (const [id, payload] of this.#rows.entries())
      if (payload.grantId === grantId) this.#rows.delete(id)
    return Promise.resolve()
  }

  /** Few rows, rarely asked for: an index would cost more than it saves. */
  #search(matches: (payload: AdapterPayload) => boolean): AdapterPayload | undefined {
    for (const payload of this.#rows.values()) if (matches(payload)) return payload
    return undefined
  }
}

/** Memory for one provider, of at most `max` rows of each kind. */
export function providerMemory(max = 1_000): AdapterFactory {
  return () => new MemoryAdapter(max)
}
