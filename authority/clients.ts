import { DomainError, full, missing } from '../ecosystems/errors.ts'
import type { TokenRow } from '../ecosystems/store/tokens.ts'
import { clientUses, type AuthorityConfig, type ClientUse } from './config.ts'
import type { Safekeeping } from './safekeeping.ts'
import { digestOf, newSecret } from './secrets.ts'

/** Name of the client that devices without a screen are; it has no secret, as a device could not keep one. */
export const deviceClientId = 'latchkey_device'

/** A program that asks the authorization server for tokens. Its secret is known to it alone. */
export interface RegisteredClient {
  readonly id: string
  readonly name: string
  readonly use: ClientUse
  /** From the configuration, and not to be removed but there. */
  readonly configured: boolean
  readonly createdAt: number | null
}

interface KnownClient extends RegisteredClient {
  readonly secretSha256: string
}

const kind = 'Client'

/** The clients: those of the configuration, and those that the operator has made since. */
export class Clients {
  readonly #kept: Safekeeping
  readonly #max: number
  readonly #configured: ReadonlyMap<string, KnownClient>
  readonly #removed: (id: string) => void

  /** `removed` is told of each client that is taken away: what was given to it ends. */
  constructor(
    kept: Safekeeping,
    config: AuthorityConfig,
    { max, removed }: { readonly max: number; readonly removed: (id: string) => void },
  ) {
    this.#kept = kept
    this.#max = max
    this.#removed = removed
    this.#configured = new Map(
      config.clients.map((client) => [client.id, { ...client, configured: true, createdAt: null }]),
    )
  }

  /**
   * Makes a client. The secret is returned here and nowhere else, ever.
   * @throws DomainError conflict, invalid_state (too many), unavailable
   */
  async create(client: {
    readonly id: string
    readonly name: string
    readonly use: ClientUse
  }): Promise<{ readonly client: RegisteredClient; readonly secret: string }> {
    if ((await this.find(client.id)) !== undefined || client.id === deviceClientId)
      throw new DomainError('conflict', `id: there is a client ${client.id} already`)
    const made = await this.#kept.list(kind)
    if (made.length >= this.#max) throw full('authority.limits.rows', this.#max)
    const secret = newSecret('cs_')
    const createdAt = this.#kept.clock.now()
    const { id, name, use } = client
    await this.#kept.put(kind, id, { id, name, use, secretSha256: digestOf(secret) }, {})
    return { client: { id, name, use, configured: false, createdAt }, secret }
  }

  async list(): Promise<RegisteredClient[]> {
    const made = (await this.#kept.list(kind)).map(known)
    return [...this.#configured.values(), ...made.filter((client) => client !== undefined)].map(
      ({ secretSha256: _secret, ...client }) => client,
    )
  }

  /** @throws DomainError not_found, invalid_state for one of the configuration */
  async remove(id: string): Promise<void> {
    if (this.#configured.has(id))
      throw new DomainError('invalid_state', `id: ${id} is in the configuration, and goes there`)
    this.#removed(id)
    if (!(await this.#kept.destroy(kind, id))) throw missing('client', id)
    // Who joined while it was still there has what it was given.
    this.#removed(id)
  }

  /** Whether a client still has the secret by which it got something, of which `sealOf` was kept with it. */
  async hasStill(id: string | undefined, seal: unknown): Promise<boolean> {
    const client = id === undefined ? undefined : await this.find(id)
    return client !== undefined && seal === sealOf(client.secretSha256)
  }

  async find(id: string): Promise<KnownClient | undefined> {
    const configured = this.#configured.get(id)
    if (configured !== undefined) return configured
    const row = await this.#kept.get(kind, id)
    return row && known(row)
  }
}

/** Tells one secret of a client from the next, and says nothing of either. `kept`: its digest. */
export function sealOf(kept: string | undefined): string {
  return digestOf(`client ${kept ?? ''}`)
}

function known({ payload, createdAt }: TokenRow): KnownClient | undefined {
  const { id, name, use, secretSha256 } = payload
  if (typeof id !== 'string' || typeof name !== 'string') return undefined
  if (typeof secretSha256 !== 'string' || !isUse(use)) return undefined
  return { id, name, use, secretSha256, configured: false, createdAt }
}

function isUse(value: unknown): value is ClientUse {
  return clientUses.some((each) => each === value)
}
