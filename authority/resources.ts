import { z } from 'zod'
import type { TokenRow } from '../ecosystems/store/tokens.ts'
import type { Principal } from '../router/access.ts'
import type { AuthorityDomain, SharedDevice, Use } from './domain.ts'
import { HttpProblem, invalidRequest } from './http-problem.ts'
import type { AuthorityLimits } from './limits.ts'
import type { Safekeeping } from './safekeeping.ts'
import { newSecret } from './secrets.ts'

const kind = 'Resource'

/** A resource description (UMA 2.0 Federated Authorization §3.1). What else is in it is not kept. */
export interface ResourceDescription {
  readonly resource_scopes: readonly string[]
  readonly name?: string | undefined
  readonly type?: string | undefined
  readonly description?: string | undefined
  readonly icon_uri?: string | undefined
  /** Id of the device, where `name` is for people. */
  readonly device?: string | undefined
}

/** A device that a person has put under the protection of this server, by one client. */
export interface Resource {
  readonly id: string
  readonly owner: string
  readonly client: string
  readonly device: string
  readonly description: ResourceDescription
}

const descriptionSchema: z.ZodType<ResourceDescription> = z.object({
  resource_scopes: z.array(z.string().min(1).max(140)).min(1),
  name: z.string().min(1).max(128).optional(),
  type: z.string().max(255).optional(),
  description: z.string().max(1_000).optional(),
  icon_uri: z.url().max(2_000).optional(),
  device: z.string().min(1).max(128).optional(),
})

const rowSchema: z.ZodType<Resource> = z.object({
  id: z.string(),
  owner: z.string(),
  client: z.string(),
  device: z.string(),
  description: descriptionSchema,
})

/** Who speaks: a person, through a client that holds a token of his. */
export interface Owner {
  readonly party: Principal
  readonly client: string
}

/** The registered resources (UMA 2.0 Federated Authorization §3). Each is somebody's, and seen by him and his client alone. */
export class Resources {
  readonly #kept: Safekeeping
  readonly #domain: AuthorityDomain
  readonly #limits: Pick<AuthorityLimits, 'resources' | 'scopes'>
  readonly #withdrawn: (id: string) => void

  /** `withdrawn` is told of each resource whose permissions are less than before, when they are. */
  constructor(parts: {
    readonly kept: Safekeeping
    readonly domain: AuthorityDomain
    readonly limits: Pick<AuthorityLimits, 'resources' | 'scopes'>
    readonly withdrawn: (id: string) => void
  }) {
    this.#kept = parts.kept
    this.#domain = parts.domain
    this.#limits = parts.limits
    this.#withdrawn = parts.withdrawn
  }

  /** @throws HttpProblem invalid_request for what is no description, or of no device of the owner */
  async create(owner: Owner, body: unknown): Promise<Resource> {
    const { description, device } = this.#check(owner, body)
    const mine = await this.#kept.list(kind, owner.party.authid)
    if (mine.length >= this.#limits.resources)
      throw invalidRequest(`there are ${this.#limits.resources} resources already`)
    return this.#keep({ id: newSecret(''), ...ownerOf(owner), device: device.id, description })
  }

  /** @throws HttpProblem invalid_request, not_found */
  async update(owner: Owner, id: string, body: unknown): Promise<Resource> {
    await this.require(owner, id)
    const { description, device } = this.#check(owner, body)
    this.#withdrawn(id)
    const resource = await this.#keep({ id, ...ownerOf(owner), device: device.id, description })
    // Who joined while the old description was still there has what it said.
    this.#withdrawn(id)
    return resource
  }

  /** @throws HttpProblem not_found */
  async remove(owner: Owner, id: string): Promise<void> {
    await this.require(owner, id)
    this.#withdrawn(id)
    await this.#kept.destroy(kind, id)
    this.#withdrawn(id)
  }

  async list(owner: Owner): Promise<string[]> {
    const rows = await this.#kept.list(kind, owner.party.authid)
    return rows.flatMap((row) => {
      const resource = resourceOf(row)
      return resource?.client === owner.client ? [resource.id] : []
    })
  }

  /** One of the owner's own. @throws HttpProblem not_found, also for somebody else's */
  async require(owner: Owner, id: string): Promise<Resource> {
    const found = await this.find(id)
    if (found === undefined || found.owner !== owner.party.authid || found.client !== owner.client)
      throw new HttpProblem(404, 'not_found', 'there is no such resource')
    return found
  }

  async find(id: string): Promise<Resource | undefined> {
    const row = await this.#kept.get(kind, id)
    return row && resourceOf(row)
  }

  /** Whether the resource is still of a device with which its owner may do everything. */
  isOwned({ party }: Owner, { device }: Resource): boolean {
    return this.#domain.deviceOf(party, device) !== undefined
  }

  /** What a scope of the resource means now; `undefined` for one that it has not, or no longer. */
  useOf(resource: Resource, scope: string): Use | undefined {
    if (!resource.description.resource_scopes.includes(scope)) return undefined
    return this.#domain.device(resource.device)?.uses.get(scope)
  }

  #check(
    { party }: Owner,
    body: unknown,
  ): { readonly description: ResourceDescription; readonly device: SharedDevice } {
    const parsed = descriptionSchema.safeParse(body)
    if (!parsed.success) {
      const [issue] = parsed.error.issues
      throw invalidRequest(`${issue?.path.join('.') || 'the body'}: ${issue?.message}`)
    }
    const description = parsed.data
    const name = description.device ?? description.name
    if (name === undefined)
      throw invalidRequest('name: it must be the id or prefix of a device, unless "device" is')
    const device = this.#domain.deviceOf(party, name)
    if (device === undefined)
      throw invalidRequest(`there is no device ${JSON.stringify(name)} that is yours to share`)
    const scopes = new Set(description.resource_scopes)
    if (scopes.size > this.#limits.scopes)
      throw invalidRequest(`resource_scopes: at most ${this.#limits.scopes}`)
    for (const scope of scopes)
      if (!device.uses.has(scope))
        throw invalidRequest(
          `resource_scopes: ${JSON.stringify(scope)} is nothing that can be done with the device; allowed: ${[...device.uses.keys()].join(', ')}`,
        )
    return { description: { ...description, resource_scopes: [...scopes] }, device }
  }

  async #keep(resource: Resource): Promise<Resource> {
    await this.#kept.put(kind, resource.id, { ...resource }, { owner: resource.owner })
    return resource
  }
}

function ownerOf({ party, client }: Owner): Pick<Resource, 'owner' | 'client'> {
  return { owner: party.authid, client }
}

function resourceOf({ payload }: TokenRow): Resource | undefined {
  const parsed = rowSchema.safeParse(payload)
  return parsed.success ? parsed.data : undefined
}
